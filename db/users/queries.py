"""The published side of accounts: what others may read of them."""

from uuid import UUID

from sqlalchemy import Boolean, Column, Date, Table, select

from db.base import ids, moments, numbers, texts, views
from db.reading import Reader, Record

published = views()

accounts = Table(
    "accounts",
    published,
    *ids("account_id"),
    *texts("username", "first_name", "last_name", "email", "role"),
    *(Column(name, Boolean) for name in ("is_active", "is_staff", "is_superuser")),
    *moments("last_login", "date_joined", "updated_at"),
    *numbers("version"),
)
profiles = Table(
    "profiles",
    published,
    *ids("account_id"),
    *texts("phone", "address", "profile_picture"),
    Column("date_of_birth", Date),
    *moments("updated_at"),
    *numbers("version"),
)


class AccountQueries(Reader):
    """Reads accounts; whose, the caller decides."""

    async def find(self, account_id: UUID) -> Record | None:
        return await self.one(select(accounts).where(accounts.c.account_id == account_id))

    async def find_profile(self, account_id: UUID) -> Record | None:
        return await self.one(select(profiles).where(profiles.c.account_id == account_id))
