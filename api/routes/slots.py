"""The slots that are free."""

from typing import Annotated

from fastapi import Query

from api.dependencies import ReadersOf, SlotsOf
from api.fields import Id
from api.problems import Code, Problem
from api.resources.slots import NEXT, NextSlotQuery, SlotList, SlotQuery
from api.routing import refusing, router

routes = router("Doctors", "/v1")

REFUSED = refusing(Code.RANGE_TOO_LONG, Code.UNKNOWN_FILTER, Code.UNKNOWN_REFERENCE)


@routes.get(
    "/doctors/{doctor_id}/slots",
    operation_id="listSlotsOfDoctor",
    summary="List the free slots of a doctor",
    responses=REFUSED,
)
async def list_slots_of_doctor(
    doctor_id: Id,
    query: Annotated[SlotQuery, Query()],
    readers: ReadersOf,
    slots: SlotsOf,
) -> SlotList:
    """Each of them can be booked; none, when the doctor takes no bookings."""
    if await readers.doctors.find(doctor_id) is None:
        raise Problem(Code.NOT_FOUND)
    return SlotList(data=await slots.find([doctor_id], query.window, query.service_type))


@routes.get(
    "/slots",
    operation_id="listNextSlots",
    summary="List the next free slots of all doctors who match",
    responses=REFUSED,
)
async def list_next_slots(
    query: Annotated[NextSlotQuery, Query()], readers: ReadersOf, slots: SlotsOf
) -> SlotList:
    doctors = await readers.doctors.bookable(query.filter)
    if query.doctor_id:
        doctors = [doctor for doctor in doctors if doctor == query.doctor_id]
    return SlotList(data=await slots.find(doctors, query.window, query.service_type, NEXT))
