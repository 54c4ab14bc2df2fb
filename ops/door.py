"""Speaks HTTP with the API, as whoever the environment names."""

from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

from httpx2 import Client, Response
from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

Body = Mapping[str, Any]
Query = Mapping[str, object | None]

PATIENCE = 30.0
"""Seconds: the API answers a command after ten, done or not."""
ACCEPTED, FIRST_ERROR = 202, 400


class Caller(BaseSettings):
    """`HMS_API_URL`, and `HMS_TOKEN`, or `HMS_USERNAME` with `HMS_PASSWORD`.

    No option says a password: whoever lists the processes of a machine would read it.
    """

    model_config = SettingsConfigDict(env_prefix="HMS_")

    api_url: str = "http://127.0.0.1:8000"
    token: SecretStr | None = None
    username: str | None = None
    password: SecretStr | None = None


class NobodyError(Exception):
    """The environment does not say who asks."""


class RefusedError(Exception):
    """The API answers with a problem."""

    def __init__(self, status: int, problem: Body) -> None:
        super().__init__(str(problem.get("code")))
        self.status = status
        self.problem = problem


class StillRunningError(Exception):
    """A process has begun, and has no answer yet."""

    def __init__(self, process: Body) -> None:
        super().__init__(str(process["workflow_id"]))
        self.process = process


class Door:
    """The API, for one command. Raises `RefusedError`, `StillRunningError` and `HTTPError`."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self._http = Client(base_url=caller.api_url, timeout=PATIENCE, trust_env=False)

    def __enter__(self) -> Self:
        try:
            self._http.headers["Authorization"] = f"Bearer {self._token()}"
        except BaseException:
            self._http.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._http.close()

    def get(self, path: str, query: Query | None = None) -> Body:
        asked = {name: str(value) for name, value in (query or {}).items() if value is not None}
        return answer_of(self._http.get(path, params=asked))

    def send(self, path: str, body: Body, key: str | None = None) -> Body:
        """Send a command; the same key is the same command."""
        said = {name: value for name, value in body.items() if value is not None}
        headers = {"Idempotency-Key": key} if key else {}
        return answer_of(self._http.post(path, json=said, headers=headers))

    def _token(self) -> str:
        caller = self._caller
        if caller.token:
            return caller.token.get_secret_value()
        if not caller.username or not caller.password:
            raise NobodyError
        login = {"username": caller.username, "password": caller.password.get_secret_value()}
        return str(answer_of(self._http.post("/v1/auth/login", json=login))["access_token"])


def answer_of(response: Response) -> Body:
    body: Body = response.json()
    if response.status_code >= FIRST_ERROR:
        raise RefusedError(response.status_code, body)
    if response.status_code == ACCEPTED:
        raise StillRunningError(body)
    return body
