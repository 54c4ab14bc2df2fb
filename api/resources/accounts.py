"""Accounts and their tokens as clients send and see them."""

from datetime import date
from typing import Literal
from uuid import UUID

from activities.users.contract import Role
from api.accounts import TokenPair
from api.callers import Caller
from api.fields import Body, PasswordIn, Sealed, Username, like
from api.shown import Moment, Shown
from db.reading import Record


class Credentials(Body):
    model_config = like(username="reception", password="a whole sentence is hard to guess")  # noqa: S106 - an example

    username: Username
    password: PasswordIn


class Refreshing(Body):
    model_config = like(refresh_token="kept-by-the-client-and-good-once")  # noqa: S106 - an example

    refresh_token: Sealed


class TokensOut(Shown):
    model_config = like(
        access_token="eyJ…",  # noqa: S106 - an example
        refresh_token="kept-by-the-client-and-good-once",  # noqa: S106 - an example
        token_type="Bearer",  # noqa: S106 - the name of a scheme
        expires_in=900,
    )

    access_token: str
    refresh_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - the name of a scheme
    expires_in: int

    @classmethod
    def of(cls, pair: TokenPair) -> "TokensOut":
        return cls(
            access_token=pair.access_token,
            refresh_token=pair.refresh_token,
            expires_in=pair.expires_in,
        )


class Profile(Shown):
    phone: str | None
    address: str | None
    date_of_birth: date | None
    profile_picture: str | None


class Me(Shown):
    """The account of whoever asks, and what they may do with it."""

    model_config = like(
        id="01a1f8dd-52ab-7f0c-8d17-6b1e2c9a0f44",
        username="reception",
        role="RECEPTIONIST",
        scopes=["appointments:read", "appointments:write"],
        version=1,
    )

    id: UUID
    username: str
    first_name: str | None
    last_name: str | None
    email: str | None
    role: Role
    scopes: list[str]
    patient_id: UUID | None
    doctor_id: UUID | None
    profile: Profile
    last_login: Moment | None
    date_joined: Moment
    version: int

    @classmethod
    def of(cls, caller: Caller, account: Record, profile: Record | None) -> "Me":
        copied = ("username", "first_name", "last_name", "email", "role", "last_login")
        named = Profile.model_fields
        return cls(
            id=caller.account_id,
            **{name: account[name] for name in (*copied, "date_joined", "version")},
            scopes=sorted(caller.scopes),
            patient_id=caller.patient_id,
            doctor_id=caller.doctor_id,
            profile=Profile(**{name: profile and profile[name] for name in named}),
        )
