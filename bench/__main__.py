"""`python -m bench booking`: prints ratios, keeps nothing."""

import asyncio
import gc

import typer

from bench.booking import measure

app = typer.Typer(add_completion=False)


@app.callback()
def bench() -> None:
    """What the system costs."""


@app.command()
def booking(blocks: int = 10) -> None:
    """Compare a booking with the engine's own price, in shuffled slices of one run."""
    asyncio.run(measure(blocks))
    gc.collect()


if __name__ == "__main__":
    app()
