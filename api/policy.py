"""Who may do what: one table for the guard, the documents and the tests.

A route whose operation has no entry here fails when the program starts.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from activities.contract import By
from activities.users.contract import Role


class Relation(StrEnum):
    ANY = "any"
    OWN = "own"
    """Their own only: what is not theirs answers like what is not there."""


LETTERS = {
    "P": Role.PATIENT,
    "D": Role.DOCTOR,
    "R": Role.RECEPTIONIST,
    "B": Role.BILLING,
    "O": Role.OPS,
    "A": Role.ADMIN,
}
EVERYBODY = "P D R B O A"
NOBODY_NEEDED = ""
"""Nobody has to be logged in."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What an operation asks of its caller."""

    roles: Mapping[Role, Relation]
    scope: str | None = None
    needs_key: bool = False
    """Without an Idempotency-Key it is refused."""
    is_counted: bool = True
    """It counts for the rate limit; a probe's question does not, nor what is signed."""
    needs_no_token_at_home: bool = False
    """In development, Temporal's own page on this machine is let in: it can send no token."""

    @property
    def is_public(self) -> bool:
        return not self.roles


def who(letters: str, scope: str | None = None, *, needs_key: bool = False) -> Rule:
    """Read `P° D R`: patients, of their own; doctors and receptionists, of all."""
    roles = {
        LETTERS[letter[0]]: Relation.OWN if letter.endswith("°") else Relation.ANY
        for letter in letters.split()
    }
    return Rule(roles, scope, needs_key)


PROBE = Rule({}, is_counted=False)
SIGNED = PROBE
"""Whoever sends it proves by a signature who they are."""
DECODING = replace(who("O A", "codec:decode"), needs_no_token_at_home=True)

POLICY: Mapping[str, Rule] = {
    # Accounts
    "logIn": who(NOBODY_NEEDED),
    "refreshTokens": who(NOBODY_NEEDED),
    "logOut": who(EVERYBODY),
    "getMe": who(EVERYBODY),
    # Appointments
    "bookAppointment": who("P° R A", "appointments:write", needs_key=True),
    "payAppointment": who("P° R A", "appointments:write", needs_key=True),
    "releaseAppointment": who("P° R A", "appointments:write"),
    "listAppointments": who("P° D° R B A", "appointments:read"),
    "getAppointment": who("P° D° R B A", "appointments:read"),
    "getAppointmentTimeline": who("P° D° R A", "appointments:read"),
    "rescheduleAppointment": who("P° R A", "appointments:write", needs_key=True),
    "quoteCancellation": who("P° D° R A", "appointments:read"),
    "cancelAppointment": who("P° D° R A", "appointments:write", needs_key=True),
    "checkIn": who("R A", "appointments:write"),
    "completeVisit": who("D°", "clinical:write"),
    "markNoShow": who("R A", "appointments:write"),
    "waiveNoShow": who("R B A", "payments:write", needs_key=True),
    # Patients
    "registerPatient": who("R A", "patients:write"),
    "listPatients": who("D° R B A", "patients:read"),
    "searchPatients": who("D° R B A", "patients:read"),
    "getPatient": who("P° D° R B A", "patients:read"),
    # Doctors, schedules, slots
    "onboardDoctor": who("A", "doctors:write"),
    "listDoctors": who(EVERYBODY),
    "getDoctor": who(EVERYBODY),
    "getSchedule": who(EVERYBODY),
    "setSchedule": who("D° A", "doctors:write"),
    "listOverrides": who(EVERYBODY),
    "addOverride": who("D° A", "doctors:write"),
    "withdrawOverride": who("D° A", "doctors:write"),
    "listSlotsOfDoctor": who(EVERYBODY),
    "listNextSlots": who(EVERYBODY),
    "listDepartments": who(EVERYBODY),
    "getDepartment": who(EVERYBODY),
    "makeDepartment": who("A", "settings:write"),
    "listSpecializations": who(EVERYBODY),
    "getSpecialization": who(EVERYBODY),
    "makeSpecialization": who("A", "settings:write"),
    # Money
    "listBills": who("P° R B A", "billing:read"),
    "getBill": who("P° R B A", "billing:read"),
    "listPayments": who("P° R B A", "billing:read"),
    "getPayment": who("P° R B A", "billing:read"),
    "listRefunds": who("P° R B A", "billing:read"),
    "getRefund": who("P° R B A", "billing:read"),
    "takePayment": who("P° R B", "payments:write", needs_key=True),
    "refundPayment": who("B A", "billing:write", needs_key=True),
    "reconcilePayments": who("B O A"),
    "listReconciliations": who("B O A"),
    "getReconciliation": who("B O A"),
    # Processes: who began one may follow it, whatever their scopes
    "getSaga": who("P° D° R° B° O A"),
    "resolveSaga": who("O A", "sagas:operate"),
    # Machines
    "isAlive": PROBE,
    "isReady": PROBE,
    "isHealthy": PROBE,
    "takePaymentEvent": SIGNED,
    "decodePayloads": DECODING,
    "explainProblem": who(NOBODY_NEEDED),
}

ON_BEHALF_OF: Mapping[Role, tuple[By, ...]] = {
    Role.PATIENT: (By.PATIENT,),
    Role.DOCTOR: (By.HOSPITAL,),
    Role.RECEPTIONIST: (By.PATIENT, By.HOSPITAL),
    Role.ADMIN: (By.PATIENT, By.HOSPITAL),
}
"""For whom a role may change a visit; the first, where nobody is named."""

CLINICAL = ("clinical:read", "clinical:write")
PATIENTS = ("patients:read", "patients:write", "patients:pii")
APPOINTMENTS = ("appointments:read", "appointments:write")
BILLS = ("billing:read", "payments:write")
SAGAS = ("sagas:read", "sagas:operate", "audit:read", "codec:decode")

SCOPES: Mapping[Role, frozenset[str]] = {
    Role.PATIENT: frozenset({*PATIENTS, "clinical:read", *APPOINTMENTS, *BILLS}),
    Role.DOCTOR: frozenset({*PATIENTS, *CLINICAL, *APPOINTMENTS, "doctors:write"}),
    Role.RECEPTIONIST: frozenset({*PATIENTS, *APPOINTMENTS, *BILLS}),
    Role.BILLING: frozenset({"patients:read", "appointments:read", *BILLS, "billing:write"}),
    Role.OPS: frozenset(SAGAS),
    Role.ADMIN: frozenset(
        {
            *PATIENTS,
            "clinical:read",
            *APPOINTMENTS,
            *BILLS,
            *SAGAS,
            "billing:write",
            "doctors:write",
            "settings:write",
            "users:write",
        }
    ),
}
"""What a role's tokens hold at most. A right is role and scope and relation together."""


def markdown() -> str:
    """Write `docs/authorization.md`, so that a change of rights is seen in review."""
    roles = list(Role)
    lines = ["| operation | " + " | ".join(roles) + " | scope |", "| --- " * (len(roles) + 2) + "|"]
    for operation, rule in POLICY.items():
        cells = ["all" if rule.is_public else rule.roles.get(role, "") for role in roles]
        lines.append(f"| `{operation}` | " + " | ".join(cells) + f" | {rule.scope or ''} |")
    head = "# Who may do what\n\nWritten by `hms authorization`; do not edit.\n\n"
    return head + "\n".join([*lines, ""])
