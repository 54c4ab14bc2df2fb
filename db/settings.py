"""Where the databases are, and how a process connects to one."""

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

SERVICES = (
    "users",
    "patients",
    "doctors",
    "appointments",
    "billing",
    "payments",
    "notifications",
    "analytics",
    "audit",
)


class Database(BaseSettings):
    """The three roles of a service's database: `HMS_<SERVICE>_DATABASE_URL` and its siblings."""

    database_url: SecretStr | None = None
    reader_url: SecretStr | None = None
    owner_url: SecretStr | None = None
    pool_size: int = 8


def database(service: str) -> Database:
    """Read the settings of one service's database from the environment."""

    class OfService(Database):
        model_config = SettingsConfigDict(env_prefix=f"HMS_{service.upper()}_")

    return OfService()


class MissingUrlError(RuntimeError):
    """A process was started without the address of its database."""


def connect(url: SecretStr | None, pool_size: int, purpose: str) -> AsyncEngine:
    """Make a pool for one role of one database.

    Raises `MissingUrlError` when there is no URL. Errors never show the values of a statement: they
    are patients' data.
    """
    if url is None:
        raise MissingUrlError(f"no URL for {purpose}: set it in the environment")
    return create_async_engine(
        url.get_secret_value(),
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=1,
        pool_recycle=1800,
        hide_parameters=True,
        connect_args={
            "timeout": 2,
            "server_settings": {"jit": "off", "application_name": f"hms {purpose}"},
        },
    )
