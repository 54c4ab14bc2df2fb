"""One record per person, and what their visits found."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from uuid import UUID, uuid4

import asyncpg
import pytest
from sqlalchemy.exc import ProgrammingError

from activities.contract import Undone, UnknownReference
from activities.offers import PatientOffer
from activities.patients.contract import (
    AddHistory,
    CheckPatient,
    ContactOf,
    CreatePatient,
    PatientExists,
    PatientInactive,
)
from activities.patients.service import PatientService
from db.patients.queries import PatientFilter, PatientQueries, PatientSearch
from db.reading import EVERYTHING, Sight
from db.settings import connect, database
from ops.postgres import Postgres
from tests.conftest import EngineOf
from tests.examples import TOMORROW_NINE, a_process

Superuser = dict[str, asyncpg.Connection]


@pytest.fixture(scope="session")
async def published(cluster: Postgres) -> AsyncIterator[PatientQueries]:
    assert cluster.child
    engine = connect(database("patients").reader_url, 4, "readers of patients")
    yield PatientQueries(engine)
    await engine.dispose()


def someone(
    last_name: str = "Doe", *, email: str | None = None, phone: str | None = None
) -> CreatePatient:
    return CreatePatient(
        patient_id=uuid4(),
        account_id=uuid4(),
        first_name="Jo",
        last_name=last_name,
        dob=date(1980, 2, 29),
        email=email,
        phone=phone,
    )


def an_entry(patient_id: UUID, visited_at: datetime = TOMORROW_NINE) -> AddHistory:
    return AddHistory(
        entry_id=uuid4(),
        patient_id=patient_id,
        appointment_id=uuid4(),
        doctor_id=uuid4(),
        doctor_name="Ada Wong",
        visited_at=visited_at,
        diagnosis="a cold",
    )


async def test_a_new_patient_may_be_booked(patients: PatientService) -> None:
    jo = someone(email="Jo@Example.org")
    record = await patients.create_patient(a_process(), jo)

    offer = await patients.check_patient(CheckPatient(patient_id=jo.patient_id))

    assert (record.patient_id, record.version) == (jo.patient_id, 1)
    assert (offer.name, offer.email, offer.contact_channel) == ("Jo Doe", jo.email, "EMAIL")
    assert offer.source_version == record.version


async def test_nobody_is_booked_who_is_not_known(patients: PatientService) -> None:
    with pytest.raises(UnknownReference) as refusal:
        await patients.check_patient(CheckPatient(patient_id=uuid4()))

    assert refusal.value.details == {"field": "patient_id"}


@pytest.mark.parametrize("change", ["is_active = false", "deceased_on = '2026-11-01'"])
async def test_a_closed_record_takes_no_bookings(
    patients: PatientService, superuser: Superuser, change: str
) -> None:
    jo = someone()
    await patients.create_patient(a_process(), jo)
    await superuser["patients"].execute(f"UPDATE app.patients SET {change}")  # noqa: S608

    with pytest.raises(PatientInactive):
        await patients.check_patient(CheckPatient(patient_id=jo.patient_id))


@pytest.mark.parametrize(
    "change", ["version = 1", "is_active = false", "deceased_on = '2026-11-01'"]
)
async def test_whoever_is_owed_a_word_is_reached_whether_their_record_is_open_or_not(
    patients: PatientService, superuser: Superuser, change: str
) -> None:
    jo = someone(email="jo@example.org", phone="+441134960000")
    await patients.create_patient(a_process(), jo)
    await superuser["patients"].execute(f"UPDATE app.patients SET {change}")  # noqa: S608

    contact = await patients.find_contact(ContactOf(patient_id=jo.patient_id))

    assert contact == PatientOffer(
        name="Jo Doe",
        email=jo.email,
        phone=jo.phone,
        contact_channel="EMAIL",
        source_version=1,
    )


async def test_nobody_is_reached_who_is_not_known(patients: PatientService) -> None:
    with pytest.raises(UnknownReference) as refusal:
        await patients.find_contact(ContactOf(patient_id=uuid4()))

    assert refusal.value.details == {"field": "patient_id"}


@pytest.mark.parametrize("shared", ["email", "phone", "account_id"])
async def test_two_patients_share_no_address_number_or_account(
    patients: PatientService, shared: str
) -> None:
    first = someone(email="jo@example.org", phone="+441134960000")
    await patients.create_patient(a_process("one"), first)
    value = getattr(first, shared)
    second = someone().model_copy(
        update={shared: value.upper() if isinstance(value, str) else value}
    )

    with pytest.raises(PatientExists):
        await patients.create_patient(a_process("two"), second)


async def test_of_many_who_register_with_one_address_one_is_registered(
    patients: PatientService,
) -> None:
    people = [someone(email="jo@example.org") for _ in range(8)]

    outcomes = await asyncio.gather(
        *(patients.create_patient(a_process(f"p-{n}"), who) for n, who in enumerate(people)),
        return_exceptions=True,
    )

    assert sum(isinstance(outcome, PatientExists) for outcome in outcomes) == 7


async def test_a_repeated_registration_gets_the_first_answer(
    patients: PatientService,
) -> None:
    jo = someone(email="jo@example.org")
    first = await patients.create_patient(a_process(), jo)

    again = await patients.create_patient(a_process(), jo)

    assert again == first


async def test_a_registration_that_was_given_up_frees_its_address(
    patients: PatientService,
) -> None:
    jo = someone(email="jo@example.org")
    await patients.create_patient(a_process("one"), jo)

    await patients.drop_patient(a_process("one"), jo)

    with pytest.raises(UnknownReference):
        await patients.check_patient(CheckPatient(patient_id=jo.patient_id))
    await patients.create_patient(a_process("two"), someone(email="jo@example.org"))


async def test_a_registration_that_comes_after_its_undo_is_refused(
    patients: PatientService,
) -> None:
    late = someone()
    await patients.drop_patient(a_process(), late)

    with pytest.raises(Undone):
        await patients.create_patient(a_process(), late)


async def test_a_history_is_told_newest_visit_first_and_only_to_who_may_see_it(
    patients: PatientService, published: PatientQueries
) -> None:
    jo = someone()
    await patients.create_patient(a_process(), jo)
    days = [datetime(2026, 12, day, 9, tzinfo=UTC) for day in (2, 4, 3)]
    for n, day in enumerate(days):
        await patients.add_history(a_process(f"visit-{n}"), an_entry(jo.patient_id, day))

    entries = await published.history(jo.patient_id, Sight(patient_id=jo.patient_id))
    others = await published.history(jo.patient_id, Sight(patient_id=uuid4()))

    assert [entry["visited_at"].day for entry in entries] == [4, 3, 2]
    assert others == []


async def test_an_entry_is_written_once_however_often_it_is_asked_for(
    patients: PatientService, published: PatientQueries
) -> None:
    jo = someone()
    await patients.create_patient(a_process(), jo)
    entry = an_entry(jo.patient_id)

    for _ in range(2):
        await patients.add_history(a_process("visit-1"), entry)

    assert len(await published.history(jo.patient_id, EVERYTHING)) == 1


async def test_an_entry_needs_its_patient_and_the_entry_that_it_amends(
    patients: PatientService,
) -> None:
    jo = someone()
    await patients.create_patient(a_process(), jo)
    nobody = an_entry(uuid4())
    nothing = an_entry(jo.patient_id).model_copy(update={"amends": uuid4()})

    for n, (entry, field) in enumerate([(nobody, "patient_id"), (nothing, "amends")]):
        with pytest.raises(UnknownReference) as refusal:
            await patients.add_history(a_process(f"visit-{n}"), entry)

        assert refusal.value.details == {"field": field}


async def test_a_correction_is_an_entry_of_its_own_and_the_first_one_stands(
    patients: PatientService, published: PatientQueries
) -> None:
    jo = someone()
    await patients.create_patient(a_process(), jo)
    first = an_entry(jo.patient_id)
    second = an_entry(jo.patient_id).model_copy(
        update={"diagnosis": "the flu", "amends": first.entry_id}
    )

    for n, entry in enumerate([first, second]):
        await patients.add_history(a_process(f"visit-{n}"), entry)

    entries = await published.history(jo.patient_id, EVERYTHING)
    assert sorted(entry["diagnosis"] for entry in entries) == ["a cold", "the flu"]


async def test_no_entry_is_amended_by_what_was_found_in_somebody_else(
    patients: PatientService,
) -> None:
    jo, al = someone(), someone("Able")
    for who in (jo, al):
        await patients.create_patient(a_process(str(who.patient_id)), who)
    first = an_entry(jo.patient_id)
    await patients.add_history(a_process("visit-1"), first)
    mixed_up = an_entry(al.patient_id).model_copy(update={"amends": first.entry_id})

    with pytest.raises(UnknownReference) as refusal:
        await patients.add_history(a_process("visit-2"), mixed_up)

    assert refusal.value.details == {"field": "amends"}


async def test_what_was_found_is_kept_of_a_patient_whose_record_is_closed(
    patients: PatientService, superuser: Superuser, published: PatientQueries
) -> None:
    jo = someone()
    await patients.create_patient(a_process(), jo)
    await superuser["patients"].execute("UPDATE app.patients SET is_active = false")

    await patients.add_history(a_process("visit-1"), an_entry(jo.patient_id))

    assert len(await published.history(jo.patient_id, EVERYTHING)) == 1


async def test_an_entry_that_is_asked_for_twice_at_once_is_written_once(
    patients: PatientService, published: PatientQueries
) -> None:
    jo = someone()
    await patients.create_patient(a_process(), jo)
    entry = an_entry(jo.patient_id)

    await asyncio.gather(*(patients.add_history(a_process("visit-1"), entry) for _ in range(6)))

    assert len(await published.history(jo.patient_id, EVERYTHING)) == 1


async def test_the_service_itself_cannot_change_what_was_found(engine_of: EngineOf) -> None:
    async with engine_of("patients").connect() as connection:
        with pytest.raises(ProgrammingError, match="permission denied"):
            await connection.exec_driver_sql("UPDATE app.visit_history SET diagnosis = ''")


async def test_a_list_is_read_in_pages_and_a_search_by_what_is_known(
    patients: PatientService, published: PatientQueries
) -> None:
    people = [
        someone("Doe", email="Jo@Example.org", phone="+441134960000"),
        someone("Doering"),
        someone("Able"),
    ]
    for who in people:
        await patients.create_patient(a_process(str(who.patient_id)), who)
    everybody = PatientFilter(active=True)
    begins_so = PatientSearch(last_name="doe", dob=date(1980, 2, 29))

    first = await published.list(everybody, None, "last_name", 2, None)
    rest = await published.list(everybody, None, "last_name", 2, first.next)
    mine = await published.list(everybody, [people[1].patient_id], "-created_at", 2, None)
    found = await published.search(begins_so, None, 9, None)
    written = await published.search(PatientSearch(email="jo@example.ORG"), None, 9, None)

    assert [row["last_name"] for row in [*first.rows, *rest.rows]] == ["Able", "Doe", "Doering"]
    assert [row["last_name"] for row in mine.rows] == ["Doering"]
    assert [row["last_name"] for row in found.rows] == ["Doe", "Doering"]
    assert [row["email"] for row in written.rows] == ["Jo@Example.org"]


@pytest.mark.parametrize(("died", "age"), [("2024-02-28", 43), ("2024-02-29", 44)])
async def test_a_patient_grows_older_on_their_birthday_as_long_as_they_live(
    patients: PatientService,
    published: PatientQueries,
    superuser: Superuser,
    died: str,
    age: int,
) -> None:
    jo = someone()
    await patients.create_patient(a_process(), jo)
    await superuser["patients"].execute(f"UPDATE app.patients SET deceased_on = '{died}'")  # noqa: S608

    seen = await published.find(jo.patient_id, EVERYTHING)

    assert seen
    assert seen["age"] == age


async def test_an_account_finds_its_patient_whose_profile_is_empty_at_first(
    patients: PatientService, published: PatientQueries
) -> None:
    jo = someone()
    await patients.create_patient(a_process(), jo)
    assert jo.account_id

    patient_id = await published.find_by_account(jo.account_id)
    seen = await published.find(jo.patient_id, Sight(patient_id=jo.patient_id))
    hidden = await published.find(jo.patient_id, Sight(doctor_id=uuid4()))
    profile = await published.find_clinical(jo.patient_id, EVERYTHING)

    assert patient_id == jo.patient_id
    assert seen
    assert seen["name"] == "Jo Doe"
    assert hidden is None
    assert profile
    assert (profile["blood_group"], profile["allergies"]) == ("UNKNOWN", [])
