"""What a request may name that is not there."""

from typing import ClassVar

from activities.contract import UnknownReference


class Unknown(UnknownReference):
    """Something is not there, and the field is always the same."""

    field: ClassVar[str]

    def __init__(self, message: str) -> None:
        super().__init__(message, {"field": self.field})


class UnknownDoctor(Unknown):
    field = "doctor_id"


class UnknownDepartment(Unknown):
    field = "department_id"


class UnknownSpecialization(Unknown):
    field = "specialization_ids"


class UnknownHead(Unknown):
    field = "head_doctor_id"


class UnknownServiceType(Unknown):
    field = "service_type"


class UnknownOverride(Unknown):
    field = "override_id"
