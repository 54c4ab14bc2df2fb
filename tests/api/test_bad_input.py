"""Bad input is named, refused, and never repeated."""

import json
from typing import Any
from uuid import uuid4

import pytest
from httpx2 import Response

from activities.users.contract import Role
from tests.api.desk import Desk, Person, a_booking
from tests.api.fakes import FakeProcesses

CANARY = "canary-7f3a"
PROBLEM = "application/problem+json"
BOOKINGS = "/v1/appointments"


@pytest.fixture
async def reception(desk: Desk) -> Person:
    return await desk.somebody(Role.RECEPTIONIST)


async def send(desk: Desk, who: Person, content: bytes, kind: str = "application/json") -> Response:
    headers = {**who.headers, "Idempotency-Key": str(uuid4()), "Content-Type": kind}
    return await desk.http.post(BOOKINGS, content=content, headers=headers)


def codes(answer: Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == PROBLEM
    return answer.status_code, answer.json()["code"]


FIELDS = list(a_booking(symptoms="cough", service_type="CONSULTATION"))


@pytest.mark.parametrize("field", [*FIELDS, "colour", CANARY])
async def test_no_answer_repeats_what_was_sent(desk: Desk, reception: Person, field: str) -> None:
    words = [] if field == "symptoms" else [CANARY]
    for value in (*words, [CANARY], {CANARY: CANARY}, f"{CANARY}\0"):
        answer = await desk.book(reception, {**a_booking(), field: value})

        assert codes(answer) == (422, "validation-failed")
        assert CANARY not in answer.text
        assert CANARY not in str(answer.headers)


@pytest.mark.parametrize(
    "path",
    [
        f"/v1/appointments/{CANARY}",
        f"/v1/appointments?status={CANARY}",
        f"/v1/appointments?{CANARY}=1",
        f"/v1/appointments?cursor={CANARY}",
        f"/{CANARY}",
        f"/problems/{CANARY}",
    ],
)
async def test_no_answer_repeats_an_address(desk: Desk, reception: Person, path: str) -> None:
    answer = await desk.get(reception, path, **{"X-Correlation-ID": f"{CANARY} !"})

    assert answer.status_code in {404, 422}
    assert CANARY not in answer.text
    assert CANARY not in str(answer.headers)


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("slot_start", [0, "0", 1764579600, "2026-12-01", "2026-12-01T09:00:00", "infinity"]),
        ("slot_start", ["2026-12-01T24:00:00Z", "2026-02-30T09:00:00Z", "2026-12-01T09:00:60Z"]),
        ("slot_start", ["2026-12-01T09:00:00+24:00", "2019-12-31T23:59:59Z", None, True]),
        ("slot_start", ["9999-12-31T23:59:59-12:00", "٢٠٢٦-12-01T09:00:00Z"]),
        ("slot_start", [" 2026-12-01T09:00:00Z", "2026-12-01T09:00:00Z\n"]),
        ("patient_id", ["", "1", str(uuid4()).upper(), f"urn:uuid:{uuid4()}", uuid4().hex]),
        ("patient_id", [f"{{{uuid4()}}}", f"{uuid4()}\n", f" {uuid4()}", 7, None, []]),
        ("service_type", ["", "consultation", "A" * 41, "A;B", 5, "A\n"]),
        ("symptoms", ["", "   ", "x" * 2001, "a\0b", "a\rb", "a\u202eb", "\ud800", 5, True]),
        ("payment", [None, {}, "pay_later", {"mode": "free"}, {"mode": "pay_later", "x": 1}]),
        ("payment", [{"mode": "prepaid", "payment_method": "pm 1"}, {"mode": ["prepaid"]}]),
    ],
)  # fmt: skip
async def test_only_the_documented_form_of_a_field_is_taken(
    desk: Desk, reception: Person, processes: FakeProcesses, field: str, values: list[Any]
) -> None:
    for value in values:
        sent = json.dumps({**a_booking(), field: value}).encode()

        answer = await send(desk, reception, sent)

        assert codes(answer) == (422, "validation-failed"), value
        assert answer.json()["errors"][0]["pointer"].startswith(f"/{field}")
    assert processes.asked == []


@pytest.mark.parametrize(
    "number", ["4242424242424242", "my card 4242 4242 4242 4242.", "5555-5555-5555-4444"]
)
async def test_a_card_number_is_refused_wherever_it_is(
    desk: Desk, reception: Person, number: str
) -> None:
    answer = await desk.book(reception, a_booking(symptoms=number))

    assert codes(answer) == (422, "card-number-refused")
    assert "4242" not in answer.text


async def test_an_id_whose_digits_would_do_for_a_card_is_no_card_number(
    desk: Desk, reception: Person
) -> None:
    answer = await desk.book(
        reception, a_booking(symptoms="see visit 4242424242424242abcdefabcdefabcd")
    )

    assert answer.status_code == 201


@pytest.mark.parametrize("missing", ["patient_id", "slot_start", "payment"])
async def test_a_missing_field_is_named(desk: Desk, reception: Person, missing: str) -> None:
    sent = a_booking()
    del sent[missing]

    answer = await desk.book(reception, sent)

    assert answer.json()["errors"] == [
        {"pointer": f"/{missing}", "code": "missing", "detail": "This field is needed."}
    ]


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"{'a': 1}",
        b'{"a": NaN}',
        b'{"a": 1, "a": 2}',
        b"[" * 5000 + b"]" * 5000,
        b'{"a": ' + b"9" * 5000 + b"}",
        "\ufeff{}".encode(),
        "{}".encode("utf-16"),
        b"\xff\xfe",
        b"{}{}",
    ],
)
async def test_what_is_not_one_json_value_is_malformed(
    desk: Desk, reception: Person, body: bytes
) -> None:
    assert codes(await send(desk, reception, body)) == (400, "malformed-json")


@pytest.mark.parametrize("body", [b"[]", b'"x"', b"5", b"null", b""])
async def test_a_body_is_an_object(desk: Desk, reception: Person, body: bytes) -> None:
    assert codes(await send(desk, reception, body)) == (422, "validation-failed")


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "", "multipart/form-data"])
async def test_a_body_is_json(desk: Desk, reception: Person, kind: str) -> None:
    body = json.dumps(a_booking()).encode()

    assert codes(await send(desk, reception, body, kind)) == (415, "not-json")


async def test_a_body_has_a_largest_size(desk: Desk, reception: Person) -> None:
    fitting = b" " * (64 * 1024 - 2) + b"{}"

    async def in_pieces() -> Any:  # noqa: ANN401 - bytes, as they come
        for _ in range(66):
            yield b" " * 1024

    headers = {**reception.headers, "Content-Type": "application/json", "Idempotency-Key": "k"}
    assert codes(await send(desk, reception, fitting))[0] == 422
    assert codes(await send(desk, reception, fitting + b" ")) == (413, "body-too-large")
    chunked = await desk.http.post(BOOKINGS, content=in_pieces(), headers=headers)
    assert codes(chunked) == (413, "body-too-large")


async def test_headers_and_queries_have_a_largest_size(desk: Desk, reception: Person) -> None:
    answers = [
        await desk.get(reception, "/v1/me", **{"X-Long": "x" * 9000}),
        await desk.get(reception, "/v1/me", **{f"X-{n}": "x" for n in range(101)}),
        await desk.get(reception, f"/v1/appointments?cursor={'x' * 2100}"),
        await desk.get(reception, "/v1/me", **{"Content-Length": "-5"}),
    ]

    assert [codes(answer) for answer in answers] == [
        (431, "headers-too-large"),
        (431, "headers-too-large"),
        (414, "query-too-long"),
        (400, "bad-header"),
    ]


async def test_every_answer_is_marked(desk: Desk, reception: Person) -> None:
    answers = [
        await desk.get(reception, "/v1/me"),
        await desk.get(None, "/v1/me"),
        await desk.get(None, "/nowhere"),
        await desk.http.request("TRACE", "/v1/me"),
        await desk.get(None, "/v1/me", **{"X-Long": "x" * 9000}),
    ]

    for answer in answers:
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")
        assert answer.headers["x-correlation-id"]
        assert "server" not in answer.headers


@pytest.mark.parametrize(
    ("sent", "is_kept"), [("desk-1.A_b", True), ("a b", False), ("x" * 129, False), ("ä", False)]
)
async def test_a_correlation_id_is_kept_or_replaced(
    desk: Desk, sent: str, *, is_kept: bool
) -> None:
    headers = {b"X-Correlation-ID": sent.encode()}
    answer = await desk.http.get("/nowhere", headers=headers)

    assert (answer.headers["x-correlation-id"] == sent) is is_kept
    assert answer.json()["correlation_id"] == answer.headers["x-correlation-id"]


async def test_what_breaks_inside_says_nothing_of_it(
    desk: Desk, reception: Person, processes: FakeProcesses
) -> None:
    async def break_down(_: object) -> Any:  # noqa: ANN401 - it never answers
        raise RuntimeError(CANARY)

    processes.book = break_down

    answer = await desk.book(reception)

    assert codes(answer) == (500, "internal-error")
    assert CANARY not in answer.text
    assert answer.headers["x-correlation-id"]
    assert answer.headers["cache-control"] == "no-store"
