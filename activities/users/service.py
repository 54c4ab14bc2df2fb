"""Who logs in, who still counts, and what was asked before: short transactions of the API."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import ClassVar
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine
from uuid_utils.compat import uuid7

from activities.contract import Refusal
from activities.database import broken_guard
from activities.users import records
from activities.users.attempts import QUIET, bucket, pause_after
from activities.users.contract import (
    BadCredentials,
    Claim,
    Claimed,
    Entry,
    IdempotencyKeyReused,
    Kept,
    Login,
    NewAccount,
    RefreshInvalid,
    RegistrationRefused,
    Role,
    Session,
    Standing,
    TooManyLogins,
    UsernameTaken,
)
from activities.users.passwords import Passwords
from activities.users.refresh import (
    GRACE,
    LONGEST_SESSION,
    hash_of,
    idle_of,
    new_token,
    session_of,
    successor_of,
    values_of,
)
from db.users.repository import AccountRow, RequestRow, StandingRow, TokenRow, UserRepository

KEPT_FOR = timedelta(days=60)
"""As long as the rows of an inbox live: Temporal's retention and thirty days more."""
SOURCE = "api"  # The audit's chain of what the API itself saw.


class UserService:
    """The rules over `hms_users`. It is the API's own: a password never enters a workflow."""

    guards: ClassVar[Mapping[str, type[Refusal]]] = {
        "one_account_per_username": UsernameTaken,
        "one_account_per_email": RegistrationRefused,
    }

    def __init__(self, engine: AsyncEngine, passwords: Passwords, refresh_secret: bytes) -> None:
        self._engine = engine
        self._passwords = passwords
        self._secret = refresh_secret

    async def create_account(self, new: NewAccount) -> None:
        """Make an account, or refuse: `UsernameTaken`, `RegistrationRefused`."""
        hashed = await self._passwords.hash(new.password.get_secret_value())
        account = new.model_dump(include={"account_id", "username", "first_name", "last_name"})
        account |= new.model_dump(include={"email", "role", "is_active"})
        profile = new.model_dump(include={"account_id", "phone", "address", "date_of_birth"})
        try:
            async with self._engine.begin() as connection:
                await UserRepository(connection).add_account(
                    account | {"password_hash": hashed}, profile | {"profile_id": uuid7()}
                )
        except IntegrityError as error:
            refused = self.guards.get(broken_guard(error))
            if refused is None:
                raise
            raise refused("another account has it") from None

    async def log_in(self, login: Login) -> Session:
        """Begin a session, or refuse: `BadCredentials`, `TooManyLogins`."""
        buckets = [bucket("name", login.username), bucket("address", login.address)]
        await self._check_pause(buckets)
        async with self._passwords.turns:
            # Many may have waited here while the first ones failed.
            account = await self._check_pause(buckets, login.username)
            is_right, better = await self._passwords.verify(
                login.password.get_secret_value(), account.password_hash if account else None
            )
            if not account or not account.is_active or not is_right:
                await self._deny(login, buckets, account)
                raise BadCredentials("the name or the password is wrong")
        at = datetime.now(UTC)
        async with self._engine.begin() as connection:
            users = UserRepository(connection)
            await users.stamp_login(account.account_id, at, better)
            await users.clear_failures(buckets[0])
            await self._record(users, records.of_login(login, account, "DONE"))
            return await self._begin(users, account, login, at)

    async def refresh(self, token: str, client: str) -> Session:
        """Use a token once for its successor, or refuse: `RefreshInvalid`.

        A token that was used before ends all that follows from its login, unless its own client
        only did not hear the answer.
        """
        async with self._engine.begin() as connection:
            users = UserRepository(connection)
            old = await users.lock_token(hash_of(token))
            session = old and await self._rotate(users, old, token, client)
        if not session:
            raise RefreshInvalid("log in again")
        return session

    async def log_out(self, account_id: UUID, family_id: UUID) -> None:
        async with self._engine.begin() as connection:
            await UserRepository(connection).end_family(account_id, family_id, datetime.now(UTC))

    async def find_standing(self, account_id: UUID, family_id: UUID) -> Standing | None:
        async with self._engine.connect() as connection:
            row = await UserRepository(connection).find_standing(account_id, family_id)
        return None if row is None else standing_of(row)

    async def claim(self, asked: Claim) -> Claimed:
        """Record a request before it is begun, or find it again; refuses `IdempotencyKeyReused`."""
        request_id = uuid7()
        values = {
            **asked.model_dump(include={"principal", "operation", "key", "request_hash"}),
            "request_id": request_id,
            "minted_ids": {name: str(minted) for name, minted in asked.ids.items()},
            "workflow_id": asked.workflow_id,
            "expires_at": datetime.now(UTC) + KEPT_FOR,
        }
        async with self._engine.begin() as connection:
            users = UserRepository(connection)
            if await users.add_request(values):
                return Claimed(request_id=request_id, ids=asked.ids, is_new=True)
            known = await users.find_request(asked.principal, asked.operation, asked.key)
        if known is None:
            return await self.claim(asked)  # It was forgotten in this very moment.
        if known.request_hash != asked.request_hash:
            raise IdempotencyKeyReused("the key belongs to another request")
        return claimed(known)

    async def answer(self, request_id: UUID, answer: Kept) -> None:
        """Keep the answer of a request: whoever asks again gets it again."""
        values = {"status_code": answer.status, **answer.model_dump(include={"headers", "body"})}
        async with self._engine.begin() as connection:
            await UserRepository(connection).answer_request(request_id, values)

    async def forget(self, request_id: UUID) -> None:
        """Free the key of a request that was not done: it may be sent again, as a new one."""
        async with self._engine.begin() as connection:
            await UserRepository(connection).forget_request(request_id)

    async def has_asked(self, principal: str, workflow_id: str) -> bool:
        async with self._engine.connect() as connection:
            return await UserRepository(connection).has_request(principal, workflow_id)

    async def record(self, entry: Entry) -> None:
        """Write down for the audit what no workflow records."""
        async with self._engine.begin() as connection:
            await self._record(UserRepository(connection), entry)

    async def is_reachable(self) -> bool:
        async with self._engine.connect() as connection:
            return await UserRepository(connection).ping()

    async def _check_pause(self, buckets: Sequence[str], username: str = "") -> AccountRow | None:
        at = datetime.now(UTC)
        async with self._engine.connect() as connection:
            users = UserRepository(connection)
            until = await users.find_block(buckets, at)
            account = await users.find_account(username) if username and not until else None
        if until:
            seconds = int((until - at).total_seconds()) + 1
            raise TooManyLogins("too many tries failed", {"retry_after": str(seconds)})
        return account

    async def _deny(self, login: Login, buckets: Sequence[str], account: AccountRow | None) -> None:
        at = datetime.now(UTC)
        async with self._engine.begin() as connection:
            users = UserRepository(connection)
            for name in buckets:
                failures = await users.count_failure(name, at, at - QUIET)
                await users.block(name, at + pause_after(failures))
            await self._record(users, records.of_login(login, account, "DENIED"))

    async def _begin(
        self, users: UserRepository, account: AccountRow, login: Login, at: datetime
    ) -> Session:
        token, family_id = new_token(), uuid7()
        expires_at = at + idle_of(Role(account.role))
        values = values_of(token, account.account_id, family_id, login.client, at, expires_at)
        await users.add_token({"token_id": uuid7(), **values})
        return session_of(account, family_id, token)

    async def _rotate(
        self, users: UserRepository, old: TokenRow, token: str, client: str
    ) -> Session | None:
        at = datetime.now(UTC)
        if old.revoked_at or old.expires_at <= at or not old.is_active:
            return None
        successor = successor_of(token, self._secret)
        if old.used_at:
            is_repeated = old.client == client and at - old.used_at <= GRACE
            if is_repeated and old.replaced_by and await users.is_live(old.replaced_by):
                return session_of(old, old.family_id, successor)
            await users.end_family(old.account_id, old.family_id, at)
            await self._record(users, records.of_reuse(old, old.family_id))
            return None
        longest = await users.get_family_start(old.family_id) + LONGEST_SESSION
        if longest <= at:
            return None
        expires_at = min(at + idle_of(Role(old.role)), longest)
        values = values_of(successor, old.account_id, old.family_id, client, at, expires_at)
        token_id = uuid7()
        await users.use_token(old.token_id, at)
        await users.add_token({"token_id": token_id, **values})
        await users.link_token(old.token_id, token_id)
        return session_of(old, old.family_id, successor)

    async def _record(self, users: UserRepository, entry: Entry) -> None:
        record_id = uuid7()
        at = datetime.now(UTC).isoformat()
        told = {"source": SOURCE, "record_key": str(record_id), "at": at}
        await users.add_record(record_id, entry.model_dump(mode="json") | told)


def standing_of(row: StandingRow) -> Standing:
    return Standing(
        role=Role(row.role),
        is_active=row.is_active,
        token_version=row.token_version,
        is_session_open=row.is_session_open,
    )


def claimed(known: RequestRow) -> Claimed:
    answer = known.status_code and Kept(
        status=known.status_code, headers=known.headers or {}, body=known.body
    )
    ids = {name: UUID(minted) for name, minted in known.minted_ids.items()}
    return Claimed(request_id=known.request_id, ids=ids, is_new=False, answer=answer or None)
