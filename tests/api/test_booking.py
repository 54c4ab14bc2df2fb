"""A booking over HTTP."""

from activities.users.contract import Role
from tests.api.desk import Desk


async def test_a_booking_is_shown_as_everybody_reads_it(desk: Desk) -> None:
    patient = await desk.somebody(Role.PATIENT)

    booked = await desk.book(patient)

    assert booked.status_code == 201, booked.text
    location = booked.headers["location"]
    read = await desk.get(patient, location)
    assert read.status_code == 200, read.text
    assert booked.headers["etag"] == '"v1"'
