"""The whole system on this machine: one process tree, no containers."""

import asyncio
import base64
import json
import secrets
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from db.settings import SERVICES
from ops import databases, temporal
from ops.postgres import Postgres
from ops.processes import Child, free_port, stop, wait_until
from workers.all import WORKERS

NAMESPACE = "hms"
GOGC = "400"
PORTS = ("api", "temporal", "ui", "postgres", "payments", "smtp", "mail")
"""Each gets the port base and its place in this list, or the next free one."""
END_WITHIN, DATABASE_ENDS_WITHIN = 0.7, 0.6
"""Seconds that processes have to end before they are killed."""

Say = Callable[[str], None]


@dataclass(frozen=True)
class Secrets:
    """What the parts of one stack know of each other; made once per state folder."""

    database: str
    codec: str
    token_keys: str
    refresh: str
    gateway_key: str
    webhook_secret: str
    demo_password: str

    @classmethod
    def of(cls, folder: Path) -> "Secrets":
        path = folder / "secrets.json"
        if not path.exists():
            key = ec.generate_private_key(ec.SECP256R1()).private_bytes(
                serialization.Encoding.DER,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            made = cls(
                database=secrets.token_hex(16),
                codec=f"dev:{base64.b64encode(secrets.token_bytes(32)).decode()}",
                token_keys=f"dev:{base64.b64encode(key).decode()}",
                refresh=secrets.token_hex(32),
                gateway_key=f"sk_test_{secrets.token_hex(12)}",
                webhook_secret=f"whsec_{secrets.token_hex(16)}",
                demo_password=f"demo-{secrets.token_hex(4)}-hospital",
            )
            path.write_text(json.dumps(made.__dict__))
            path.chmod(0o600)
        return cls(**json.loads(path.read_text()))


@dataclass
class Stack:
    """Starts everything, keeps it running, and ends it together."""

    folder: Path
    port_base: int = 8000
    procs: bool = False
    say: Say = print
    more_namespaces: tuple[str, ...] = ()
    children: dict[str, Child] = field(default_factory=dict)
    ports: dict[str, int] = field(default_factory=dict)
    accounts: dict[str, object] = field(default_factory=dict)
    _stopping: bool = False

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.secrets = Secrets.of(self.folder)
        for place, name in enumerate(PORTS):
            wanted = self.port_base + place
            taken = set(self.ports.values())
            port = free_port(wanted)
            while port in taken:
                port = free_port(port + 1)
            if port != wanted:
                self.say(f"port {wanted} is taken: {name} listens on {port}")
            self.ports[name] = port
        self.postgres = Postgres(
            self.folder / "postgres",
            self.secrets.database,
            self.ports["postgres"],
            ("max_connections=300", "shared_buffers=128MB"),
        )

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self.ports[name]}"

    def database_url(self, service: str, role: str) -> str:
        return self.postgres.url(f"hms_{service}_{role}", self.secrets.database, f"hms_{service}")

    def environment(self, *services: str, roles: tuple[str, ...] = ("worker",)) -> dict[str, str]:
        """Tell a process only what it needs: which databases, in which role."""
        urls = databases.urls(self.database_url)
        names = {"worker": "DATABASE", "reader": "READER", "owner": "OWNER"}
        allowed = [f"HMS_{s.upper()}_{names[role]}_URL" for s in services for role in roles]
        return {name: urls[name] for name in allowed} | {
            "TEMPORAL_ADDRESS": f"127.0.0.1:{self.ports['temporal']}",
            "TEMPORAL_NAMESPACE": NAMESPACE,
            "HMS_CODEC_KEYS": self.secrets.codec,
            "HMS_WORKER_GRACEFUL_SECONDS": "0.5",
            # The pinned zone data, not the machine's: it may be years old.
            "PYTHONTZPATH": "",
        }

    def worker_environment(self, name: str) -> dict[str, str]:
        services = SERVICES if name == "all" else (name,)
        gateway = {
            "HMS_PAYMENTS_GATEWAY_URL": self.url("payments"),
            "HMS_PAYMENTS_GATEWAY_KEY": self.secrets.gateway_key,
        }
        mail = {"HMS_NOTIFICATIONS_SMTP_PORT": str(self.ports["smtp"])}
        return {
            **self.environment(*(() if name == "workflows" else services)),
            **(gateway if name in ("all", "payments") else {}),
            **(mail if name in ("all", "notifications") else {}),
            "HMS_WORKER_PORT": str(self.ports[f"worker-{name}"]),
        }

    def worker_command(self, name: str) -> list[str]:
        return self.python("-m", "ops.main", "worker", name)

    def api_environment(self) -> dict[str, str]:
        return {
            **self.environment(*SERVICES, roles=("reader",)),
            **self.environment("users", roles=("worker",)),
            "HMS_API_PORT": str(self.ports["api"]),
            "HMS_API_PUBLIC_URL": self.url("api"),
            "HMS_API_TOKEN_KEYS": self.secrets.token_keys,
            "HMS_API_REFRESH_SECRET": self.secrets.refresh,
            "HMS_API_RATE": "3000/minute",
            "HMS_API_GRACEFUL_SECONDS": "1",
            "HMS_API_WEBHOOK_SECRET": self.secrets.webhook_secret,
            "HMS_API_TEMPORAL_UI_URL": self.url("ui"),
            "HMS_API_DEVELOPMENT": "true",
        }

    async def start(self) -> None:
        """Start what the product stands on, then the product; ready when everything answers."""
        self.say("starting the payment and mail peers")
        await asyncio.gather(
            *(self.start_one(name) for name in ("postgres", "temporal", "payments", "mail"))
        )
        names = WORKERS if self.procs else ("all",)
        for name in names:
            self.ports[f"worker-{name}"] = free_port()
        self.say(f"starting the API and {len(names)} worker process{'es' * (len(names) > 1)}")
        await asyncio.gather(*(self.start_one(n) for n in ("api", *(f"worker-{n}" for n in names))))

    async def _start_postgres(self) -> None:
        self.say("starting PostgreSQL")
        await asyncio.to_thread(self.postgres.initialise)
        await self.postgres.start()
        if self.postgres.child:
            self.children["postgres"] = self.postgres.child
        mark = self.folder / "migrated"
        state = databases.fingerprint()
        if not mark.exists() or mark.read_text() != state:
            self.say("making the databases and bringing their tables up to date")
            urls = databases.urls(self.database_url)
            await databases.set_up(self.postgres.superuser_url, urls, self.secrets.database)
            mark.write_text(state)

    async def _start_temporal(self) -> None:
        self.say("starting Temporal")
        child = self.run(
            "temporal",
            temporal.command(
                self.ports["temporal"],
                [NAMESPACE, *self.more_namespaces],
                ui_port=self.ports["ui"],
                database=self.folder / "temporal.db",
                codec=f"{self.url('api')}/codec",
            ),
            {"GOGC": GOGC},
        )
        await wait_until(lambda: answers(self.url("ui")), child, seconds=30)

    async def _start_payments(self) -> None:
        child = self.run(
            "payments",
            [
                *self.python("-m", "deploy.peers.payments"),
                *("--port", str(self.ports["payments"])),
                *("--database", str(self.folder / "payments.sqlite")),
                *("--secret-key", self.secrets.gateway_key),
                *("--webhook-url", f"{self.url('api')}/webhooks/payments"),
                *("--webhook-secret", self.secrets.webhook_secret),
            ],
        )
        await wait_until(lambda: answers(f"{self.url('payments')}/health"), child, seconds=20)

    async def _start_mail(self) -> None:
        child = self.run(
            "mail",
            [
                *self.python("-m", "deploy.peers.mail"),
                *("--smtp-port", str(self.ports["smtp"])),
                *("--http-port", str(self.ports["mail"])),
            ],
        )
        await wait_until(lambda: answers(f"{self.url('mail')}/health"), child, seconds=20)

    async def _start_api(self) -> None:
        child = self.run("api", self.python("-m", "api"), self.api_environment())
        await wait_until(lambda: answers(f"{self.url('api')}/health/ready"), child, seconds=40)

    async def _start_worker(self, name: str) -> None:
        child = self.run(f"worker-{name}", self.worker_command(name), self.worker_environment(name))
        url = f"{self.url(f'worker-{name}')}/health/ready"
        await wait_until(lambda: answers(url), child, seconds=40)

    @staticmethod
    def python(*arguments: str) -> list[str]:
        return [sys.executable, *arguments]

    def run(self, name: str, command: list[str], env: Mapping[str, str] | None = None) -> Child:
        child = Child.start(name, command, log=self.folder / "logs" / f"{name}.log", env=env)
        self.children[name] = child
        return child

    async def keep_running(self) -> None:
        """Start again what dies of ours; a platform would do the same. Never returns."""
        while not self._stopping:
            for name, child in list(self.children.items()):
                if child.is_running or self._stopping:
                    continue
                self.say(f"{name} ended (code {child.process.returncode}): starting it again")
                await self.start_one(name)
                self.write_state()
            await asyncio.sleep(0.2)

    async def start_one(self, name: str) -> None:
        """Start one process and wait until it answers."""
        match name.partition("-"):
            case ("postgres", _, _):
                await self._start_postgres()
            case ("temporal", _, _):
                await self._start_temporal()
            case ("payments", _, _):
                await self._start_payments()
            case ("mail", _, _):
                await self._start_mail()
            case ("api", _, _):
                await self._start_api()
            case (_, _, worker):
                await self._start_worker(worker)

    def state(self) -> dict[str, object]:
        """Describe the running stack for scripts that use it, or hurt it."""
        return {
            "api": self.url("api"),
            "temporal": {
                "address": f"127.0.0.1:{self.ports['temporal']}",
                "namespace": NAMESPACE,
                "ui": self.url("ui"),
            },
            "payments": self.url("payments"),
            "mail": self.url("mail"),
            "databases": {s: self.database_url(s, "owner") for s in SERVICES},
            "accounts": self.accounts,
            "pids": {self.public_name(name): child.pid for name, child in self.children.items()},
        }

    @staticmethod
    def public_name(name: str) -> str:
        return "workers" if name == "worker-all" else name

    def write_state(self) -> None:
        path = self.folder.parent / "dev.json"
        unfinished = path.with_suffix(".unfinished")
        unfinished.write_text(json.dumps(self.state(), indent=2, default=str))
        unfinished.chmod(0o600)
        unfinished.rename(path)

    async def stop(self) -> None:
        """End every process: PostgreSQL last, whom the others use."""
        self._stopping = True
        (self.folder.parent / "dev.json").unlink(missing_ok=True)
        everything = list(self.children.values())
        outer = [c for c in everything if c.name != "postgres"]
        await stop(outer, seconds=END_WITHIN)
        await stop([c for c in everything if c not in outer], seconds=DATABASE_ENDS_WITHIN)


async def answers(url: str) -> bool:
    """Tell whether a page answers with success."""
    async with httpx2.AsyncClient(timeout=2) as client:
        try:
            return (await client.get(url)).is_success
        except httpx2.HTTPError:
            return False
