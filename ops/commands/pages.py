"""`hms problems`, `hms authorization`: pages of `docs/` that the code writes."""

import typer


def problems() -> None:
    """Print docs/problems.md: every problem of the API, explained."""
    from api.problems import markdown  # noqa: PLC0415 - workers need no FastAPI

    typer.echo(markdown(), nl=False)


def authorization() -> None:
    """Print docs/authorization.md: who may do what."""
    from api.policy import markdown  # noqa: PLC0415 - as above

    typer.echo(markdown(), nl=False)
