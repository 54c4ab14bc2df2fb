"""What the API process is told from outside; read once, where it starts."""

import hashlib
from typing import Self

from pydantic import SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

LEAST_SECRET = 32


class ApiSettings(BaseSettings):
    """Settings of the API process: `HMS_API_…`; databases and codec keys have names of theirs."""

    model_config = SettingsConfigDict(env_prefix="HMS_API_")

    host: str = "127.0.0.1"
    port: int = 8000
    public_url: str = "http://127.0.0.1:8000"
    """What links and the issuer of tokens are called outside."""
    token_keys: SecretStr
    """`name:base64,older:base64`: PKCS 8 keys on P-256; the first one signs."""
    refresh_secret: SecretStr
    """At least 32 characters; the same in every replica."""
    webhook_secret: SecretStr | None = None
    """What the gateway signs its events with; without it they are refused."""
    temporal_ui_url: str = ""
    """Whose pages may have payloads decoded; nobody's by default."""
    development: bool = False
    """Everything runs on one machine: Temporal's own page may decode without a token."""
    rate: str = "100/minute"
    origins: tuple[str, ...] = ()
    is_production: bool = False
    trusted_proxies: str = ""
    """Whose X-Forwarded-* count; nobody's by default."""
    metrics_host: str = "127.0.0.1"
    metrics_port: int = 0
    """Where Prometheus reads, on a listener of its own; 0 is nowhere."""
    graceful_seconds: int = 20
    log_level: str = "INFO"

    @model_validator(mode="after")
    def _is_secret(self) -> Self:
        if len(self.refresh_secret.get_secret_value()) < LEAST_SECRET:
            raise ValueError(f"the refresh secret needs {LEAST_SECRET} characters")
        if self.development and self.is_production:
            raise ValueError("production is no place to develop")
        return self

    @property
    def refresh_key(self) -> bytes:
        return self.refresh_secret.get_secret_value().encode()


def cursor_keys(codec_keys: dict[str, bytes]) -> dict[str, bytes]:
    """Derive keys of our own from the codec's: what one sealed, the other never opens."""
    return {
        name: hashlib.blake2b(key, person=b"hms cursors", digest_size=32).digest()
        for name, key in codec_keys.items()
    }
