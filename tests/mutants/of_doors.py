"""Bugs at the doors: who is believed, who sees what, what is written down of it."""

from tests.mutants.mutant import Mutant

MASKING, GATEWAY = "activities/masking.py", "api/gateway.py"
MASKED, MACHINES = "tests/activities/test_masking.py::", "tests/api/test_machines.py::"
READING, SIGHT = "tests/api/test_reading.py::", "db/reading.py"

OF_DOORS = (
    Mutant(
        "digit-more",
        "I-52",
        "a number shows one digit more",
        MASKING,
        "LETTERS, DIGITS = 2, 4",
        "LETTERS, DIGITS = 2, 5",
        f"{MASKED}test_four_digits_of_a_number_are_shown_at_most",
    ),
    Mutant(
        "letter-more",
        "I-52",
        "an address of two letters shows both",
        MASKING,
        "if len(local) > LETTERS else",
        "if len(local) >= LETTERS else",
        f"{MASKED}test_two_letters_of_an_address_are_shown_at_most",
    ),
    Mutant(
        "signature-unread",
        "api.md",
        "what the gateway tells is believed without its signature",
        GATEWAY,
        'Webhook.construct_event(body, signature or "", self._secret.get_secret_value(), WINDOW)',
        "json.loads(body)",
        f"{MACHINES}test_what_was_changed_on_the_way_is_refused",
    ),
    Mutant(
        "old-event",
        "api.md",
        "an event that is older than five minutes is believed",
        GATEWAY,
        "WINDOW = 300",
        "WINDOW = 310",
        f"{MACHINES}test_an_event_that_is_replayed_later_is_refused[301]",
    ),
    Mutant(
        "card-handed-on",
        "I-52",
        "what an event says of the card is handed on",
        GATEWAY,
        "for name, value in payload.items() if name in KEPT}",
        "for name, value in payload.items()}",
        f"{MACHINES}test_a_signed_event_is_handed_on_without_the_card",
    ),
    Mutant(
        "another-patients-visit",
        "requirements.md: 404",
        "a patient reads the visit of another",
        SIGHT,
        "return view.c.patient_id == self.patient_id",
        "return view.c.patient_id.is_not(None)",
        f"{READING}test_what_is_somebody_elses_answers_like_what_is_not_there",
    ),
    Mutant(
        "another-doctors-visit",
        "requirements.md: 404",
        "a doctor reads the visit of another",
        SIGHT,
        "return view.c.doctor_id == self.doctor_id",
        "return view.c.doctor_id.is_not(None)",
        f"{READING}test_what_is_somebody_elses_answers_like_what_is_not_there",
    ),
    Mutant(
        "read-not-audited",
        "I-51",
        "an administrator reads of an illness, and nobody writes it down",
        "api/visits.py",
        "if self._caller.role is Role.ADMIN:",
        "if self._caller.role is None:",
        f"{READING}test_what_an_administrator_reads_of_an_illness_is_audited",
    ),
    Mutant(
        "guess-not-audited",
        "I-51",
        "nobody writes down that somebody guessed a password",
        "activities/users/service.py",
        """
            await self._record(users, records.of_login(login, account, "DENIED"))
""",
        "\n",
        "tests/api/test_sessions.py::test_logins_and_denials_are_left_for_the_audit",
    ),
    Mutant(
        "key-of-another-body",
        "I-38",
        "a key that was used for another body is taken for the same request",
        "activities/users/service.py",
        "if known.request_hash != asked.request_hash:",
        "if not known.request_hash:",
        "tests/api/test_idempotency.py::test_a_key_belongs_to_one_body",
    ),
    Mutant(
        "details-not-hashed",
        "I-50",
        "the hash of a record leaves out its details",
        "db/audit/migrations/0002_guards.py",
        "line.correlation_id, line.details",
        "line.correlation_id",
        "tests/activities/test_audit.py::test_a_tampered_chain_does_not_verify[edited details]",
    ),
    Mutant(
        "message-without-occurrence",
        "I-40",
        "another occurrence of a message is taken for the first",
        "activities/notifications/service.py",
        'about = (request.appointment_id or "", request.event, request.occurrence)',
        'about = (request.appointment_id or "", request.event)',
        "tests/activities/test_notifications.py::test_another_occurrence_is_another_message",
    ),
    Mutant(
        "history-writable",
        "I-54",
        "a worker may write the history of what it changes",
        "db/guards.py",
        "REVOKE INSERT, UPDATE ON app.{name}",
        "REVOKE UPDATE ON app.{name}",
        "tests/db/test_grants.py::test_a_worker_can_not_write_history[billing-bill_changes]",
    ),
)
