"""What the audit hears of logins."""

from typing import Protocol
from uuid import UUID

from activities.users.contract import Entry, Login


class Known(Protocol):
    """An account, as far as the audit names it."""

    @property
    def account_id(self) -> UUID: ...
    @property
    def role(self) -> str: ...


def of_login(login: Login, account: Known | None, outcome: str) -> Entry:
    return Entry(
        action="LogIn",
        outcome=outcome,
        actor_id=account and account.account_id,
        actor_role=account.role if account else "NOBODY",
        object_type="account",
        object_id=str(account.account_id) if account else None,
        correlation_id=login.correlation_id,
    )


def of_reuse(account: Known, family_id: UUID) -> Entry:
    """Somebody has a token that was used before: it was copied."""
    return Entry(
        action="ReuseRefreshToken",
        outcome="DENIED",
        actor_id=account.account_id,
        actor_role=account.role,
        object_type="session",
        object_id=str(family_id),
    )
