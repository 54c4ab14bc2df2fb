"""Who logs in, who stays logged in, and what was asked before."""

import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

import asyncpg
import pytest
import time_machine
from pwdlib.hashers.argon2 import Argon2Hasher
from pydantic import SecretStr

from activities.contract import Refusal
from activities.users.attempts import LONGEST, pause_after
from activities.users.contract import (
    BadCredentials,
    Claim,
    IdempotencyKeyReused,
    Kept,
    Login,
    NewAccount,
    RefreshInvalid,
    RegistrationRefused,
    Role,
    Session,
    TooManyLogins,
    UsernameTaken,
)
from activities.users.passwords import Passwords
from activities.users.service import UserService

RIGHT = "a whole sentence is hard to guess"
Connections = dict[str, asyncpg.Connection]


def an_account(
    username: str = "jo", *, email: str | None = None, active: bool = True
) -> NewAccount:
    return NewAccount(
        account_id=uuid4(),
        username=username,
        password=SecretStr(RIGHT),
        role=Role.RECEPTIONIST,
        email=email,
        is_active=active,
    )


def a_login(password: str = RIGHT, username: str = "jo", address: str = "192.0.2.1") -> Login:
    return Login(
        username=username, password=SecretStr(password), address=address, client="the desk"
    )


@pytest.fixture
async def session(users: UserService) -> Session:
    await users.create_account(an_account())
    return await users.log_in(a_login())


def token_of(session: Session) -> str:
    return session.refresh_token.get_secret_value()


async def test_a_name_is_taken_whatever_its_case(users: UserService) -> None:
    await users.create_account(an_account("Jo", email="jo@example.org"))

    with pytest.raises(UsernameTaken):
        await users.create_account(an_account("JO"))
    with pytest.raises(RegistrationRefused):
        await users.create_account(an_account("joe", email="Jo@Example.org"))


@pytest.mark.parametrize(
    "login", [a_login("wrong"), a_login(username="nobody"), a_login(username="gone")]
)
async def test_a_wrong_password_an_unknown_and_a_closed_account_answer_alike(
    users: UserService, login: Login
) -> None:
    await users.create_account(an_account())
    await users.create_account(an_account("gone", active=False))

    with pytest.raises(BadCredentials) as refusal:
        await users.log_in(login)

    assert str(refusal.value) == "the name or the password is wrong"


async def test_passwords_are_hashed_as_owasp_asks_at_least(
    users: UserService, superuser: Connections
) -> None:
    await users.create_account(an_account())

    kept = await superuser["users"].fetchval("SELECT password_hash FROM app.accounts")

    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


async def test_a_weaker_hash_is_replaced_at_the_next_login(
    users: UserService, superuser: Connections
) -> None:
    await users.create_account(an_account())
    weak = Argon2Hasher(memory_cost=64, time_cost=1, parallelism=1).hash(RIGHT)
    await superuser["users"].execute(
        "UPDATE app.accounts SET password_hash = $1, version = version + 1", weak
    )

    await users.log_in(a_login())

    kept = await superuser["users"].fetchval("SELECT password_hash FROM app.accounts")
    assert "m=19456" in kept
    assert token_of(await users.log_in(a_login()))


async def test_after_five_wrong_passwords_not_even_the_right_one_is_looked_at(
    users: UserService,
) -> None:
    await users.create_account(an_account())
    for _ in range(5):
        with pytest.raises(BadCredentials):
            await users.log_in(a_login("wrong"))

    with pytest.raises(TooManyLogins) as refusal:
        await users.log_in(a_login(address="198.51.100.7"))

    assert int(refusal.value.details["retry_after"]) >= 1


async def test_tries_are_counted_per_address_too(users: UserService) -> None:
    await users.create_account(an_account())
    for number in range(5):
        with pytest.raises(BadCredentials):
            await users.log_in(a_login("wrong", username=f"somebody {number}"))

    with pytest.raises(TooManyLogins):
        await users.log_in(a_login())
    assert token_of(await users.log_in(a_login(address="198.51.100.7")))


async def test_of_many_tries_at_once_few_reach_the_hash(
    users: UserService, superuser: Connections, passwords: Passwords
) -> None:
    await users.create_account(an_account())

    outcomes = await asyncio.gather(
        *(users.log_in(a_login("wrong")) for _ in range(60)), return_exceptions=True
    )

    looked_at = sum(isinstance(outcome, BadCredentials) for outcome in outcomes)
    assert looked_at < 5 + passwords.at_once
    failures = await superuser["users"].fetchval("SELECT max(failures) FROM app.login_attempts")
    assert failures == looked_at


def test_each_further_failure_doubles_the_pause_up_to_a_quarter_of_an_hour() -> None:
    pauses = [pause_after(failures).total_seconds() for failures in (4, 5, 6, 7, 8)]

    assert pauses == [0, 1, 2, 4, 8]
    assert pause_after(500) == LONGEST


async def test_a_pause_ends(users: UserService) -> None:
    await users.create_account(an_account())
    for _ in range(5):
        with pytest.raises(BadCredentials):
            await users.log_in(a_login("wrong"))

    with time_machine.travel(timedelta(seconds=2)):
        assert token_of(await users.log_in(a_login()))


async def test_a_used_token_ends_the_session_of_whoever_stole_it(
    users: UserService, session: Session, superuser: Connections
) -> None:
    stolen = token_of(session)
    following = await users.refresh(stolen, "the desk")

    with pytest.raises(RefreshInvalid):
        await users.refresh(stolen, "a thief")
    with pytest.raises(RefreshInvalid):
        await users.refresh(token_of(following), "the desk")

    entry = await superuser["users"].fetchval(
        "SELECT entry FROM app.audit_outbox WHERE entry ->> 'action' = 'ReuseRefreshToken'"
    )
    assert '"DENIED"' in entry


async def test_a_client_that_lost_the_answer_gets_the_same_token_again(
    users: UserService, session: Session
) -> None:
    first = await users.refresh(token_of(session), "the desk")

    again = await users.refresh(token_of(session), "the desk")

    assert token_of(again) == token_of(first)


async def test_eleven_seconds_later_the_used_token_ends_the_session(
    users: UserService, session: Session
) -> None:
    following = await users.refresh(token_of(session), "the desk")

    with time_machine.travel(timedelta(seconds=11)), pytest.raises(RefreshInvalid):
        await users.refresh(token_of(session), "the desk")
    with pytest.raises(RefreshInvalid):
        await users.refresh(token_of(following), "the desk")


async def test_of_fifty_refreshes_at_once_one_token_comes_out(
    users: UserService, session: Session, superuser: Connections
) -> None:
    outcomes = await asyncio.gather(
        *(users.refresh(token_of(session), "the desk") for _ in range(50))
    )

    assert len({token_of(outcome) for outcome in outcomes}) == 1
    live = "SELECT count(*) FROM app.refresh_tokens WHERE used_at IS NULL AND revoked_at IS NULL"
    assert await superuser["users"].fetchval(live) == 1


async def test_a_session_ends_when_nobody_works_or_after_half_a_day(
    users: UserService, session: Session
) -> None:
    with time_machine.travel(timedelta(minutes=31)), pytest.raises(RefreshInvalid):
        await users.refresh(token_of(session), "the desk")

    token, minutes = token_of(session), 0
    while minutes < 12 * 60:
        with time_machine.travel(timedelta(minutes=minutes)):
            token = token_of(await users.refresh(token, "the desk"))
        minutes += 25
    with time_machine.travel(timedelta(hours=12)), pytest.raises(RefreshInvalid):
        await users.refresh(token, "the desk")


async def test_whoever_logs_out_is_out(users: UserService, session: Session) -> None:
    await users.log_out(session.account_id, session.family_id)

    standing = await users.find_standing(session.account_id, session.family_id)
    assert standing
    assert not standing.is_session_open
    with pytest.raises(RefreshInvalid):
        await users.refresh(token_of(session), "the desk")


def a_claim(request_hash: str = "a" * 64, **ids: UUID) -> Claim:
    return Claim(
        principal="account:1",
        operation="bookAppointment",
        key="k1",
        request_hash=request_hash,
        ids=ids or {"appointment_id": uuid4()},
        workflow_id="book-1",
    )


async def test_a_key_gives_the_ids_of_the_first_time(users: UserService) -> None:
    first = await users.claim(a_claim())

    again = await users.claim(a_claim())

    assert first.is_new
    assert not again.is_new
    assert (again.request_id, again.ids) == (first.request_id, first.ids)


async def test_of_twenty_claims_at_once_one_is_new(users: UserService) -> None:
    claims = await asyncio.gather(*(users.claim(a_claim()) for _ in range(20)))

    assert sum(claimed.is_new for claimed in claims) == 1
    assert len({claimed.request_id for claimed in claims}) == 1


async def test_a_key_belongs_to_one_request(users: UserService) -> None:
    await users.claim(a_claim())

    with pytest.raises(IdempotencyKeyReused) as refusal:
        await users.claim(a_claim(request_hash="b" * 64))

    assert isinstance(refusal.value, Refusal)


async def test_the_first_answer_is_kept_and_what_was_not_done_is_forgotten(
    users: UserService,
) -> None:
    claimed = await users.claim(a_claim())
    first = Kept(status=201, headers={"ETag": '"v1"'}, body={"id": "1"})
    await users.answer(claimed.request_id, first)
    await users.answer(claimed.request_id, first.model_copy(update={"status": 500}))
    await users.forget(claimed.request_id)

    again = await users.claim(a_claim())
    assert again.answer == first

    other = a_claim().model_copy(update={"key": "k2"})
    await users.forget((await users.claim(other)).request_id)
    assert (await users.claim(other)).is_new
