"""`hms env`: the settings of `docker-compose.yml`, with secrets of their own."""

import base64
import re
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path

import typer
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

EXAMPLE = Path(__file__).parent.parent.parent / ".env.example"
EMPTY = re.compile(r"^([A-Z_]+)=$", re.MULTILINE)


def codec_key() -> str:
    return f"first:{base64.b64encode(secrets.token_bytes(32)).decode()}"


def signing_key() -> str:
    key = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return f"first:{base64.b64encode(key).decode()}"


MADE: Mapping[str, Callable[[], str]] = {
    "HMS_CODEC_KEYS": codec_key,
    "HMS_API_TOKEN_KEYS": signing_key,
    "HMS_PAYMENTS_GATEWAY_KEY": lambda: f"sk_test_{secrets.token_hex(16)}",
    "HMS_DEMO_PASSWORD": lambda: f"demo-{secrets.token_hex(4)}-hospital",
}
"""What is more than a random word. All others are 24 bytes in hex: they fit into any URL."""


def env() -> None:
    """Print .env.example with a new secret wherever it has none."""

    def filled(line: re.Match[str]) -> str:
        name = line[1]
        return f"{name}={MADE.get(name, lambda: secrets.token_hex(24))()}"

    typer.echo(EMPTY.sub(filled, EXAMPLE.read_text()), nl=False)
