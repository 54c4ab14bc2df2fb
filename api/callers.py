"""Who asks, and what they may see."""

from dataclasses import dataclass
from uuid import UUID

from activities.users.contract import Role
from db.reading import EVERYTHING, Sight


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody who is logged in, in the operation that they ask for."""

    account_id: UUID
    role: Role
    scopes: frozenset[str]
    session_id: UUID
    patient_id: UUID | None = None
    doctor_id: UUID | None = None
    sees_all: bool = False
    """In this operation: everybody's, not only their own."""

    @property
    def principal(self) -> str:
        """Whose idempotency keys these are."""
        return f"account:{self.account_id}"

    @property
    def sight(self) -> Sight:
        """Whose rows they may see; nobody's, when they own none."""
        if self.sees_all:
            return EVERYTHING
        if self.role is Role.DOCTOR:
            return Sight(doctor_id=self.doctor_id)
        return Sight(patient_id=self.patient_id)

    def has(self, *scopes: str) -> bool:
        return self.scopes.issuperset(scopes)

    def owns_patient(self, patient_id: UUID) -> bool:
        """Whether they may name this patient in a request."""
        return self.sees_all or (self.patient_id is not None and self.patient_id == patient_id)
