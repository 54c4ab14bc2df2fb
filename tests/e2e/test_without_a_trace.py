"""Of the people who were booked nothing is left where it does not belong."""

import asyncio
from pathlib import Path

from tests.e2e.desk import HELD, LATER, card
from tests.e2e.hospital import Hospital
from tests.e2e.people import CANARIES

SECRETS = (*CANARIES, "secret cough")


def found_in(paths: list[Path], words: tuple[str, ...]) -> list[str]:
    """Look for words in the raw bytes of files."""
    contents = {path.name: path.read_bytes() for path in paths}
    return [
        f"{word} in {name}"
        for name, content in contents.items()
        for word in words
        if word.encode() in content
    ]


async def test_no_log_and_no_history_tells_who_was_booked(hospital: Hospital) -> None:
    declined = hospital.wish(card("pm_card_visa_chargeDeclined"))
    wishes = [hospital.wish(LATER), hospital.wish(card()), hospital.wish(HELD), declined]
    answers = await asyncio.gather(*(hospital.desk.settled(wish) for wish in wishes))
    *visits, held = [answer.json()["id"] for answer in answers[:3]]
    await hospital.desk.release(held)
    for visit in (*visits, held):
        await hospital.outcome(visit)
    broken = await hospital.desk.book(wishes[0], symptoms="secret cough" * 1000)

    logs = hospital.stack.logs()
    histories = list(hospital.stack.folder.glob("temporal.db*"))

    assert broken.status_code == 422
    assert found_in(logs, SECRETS) == []
    assert found_in(histories, SECRETS) == []
    # What is looked at is what was written: it tells of the same bookings, by their ids.
    assert found_in(histories, (f"book-{visits[0]}",))
    assert found_in(logs, (declined.correlation,))
