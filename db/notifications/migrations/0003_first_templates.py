"""The first messages; an administrator changes them afterwards."""

from uuid import UUID, uuid5

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TEMPLATES = UUID("0d5b7a36-5b0e-4b52-a8a1-6a7b0e6d5f2c")

VISIT = """\
  Doctor: {{ doctor }}
  Department: {{ department }}
  When: {{ when }}
"""

# Subject and text by event.
PLANTED = {
    "booked": (
        "Your appointment with {{ doctor }}",
        "Dear {{ recipient.name }},\n\nYour appointment is booked.\n\n"
        + VISIT
        + "{% if total %}  Price: {{ total | money }}\n{% endif %}"
        + "{% if due_date %}  Please pay by {{ due_date | date }}.\n{% endif %}"
        "\nIf you cannot come, please tell us early, so that somebody else can have your time.\n",
    ),
    "receipt": (
        "Receipt for your appointment with {{ doctor }}",
        "Dear {{ recipient.name }},\n\nThank you for your payment of {{ total | money }}.\n\n"
        + VISIT,
    ),
    "hold-expired": (
        "Your appointment was not booked",
        "Dear {{ recipient.name }},\n\nWe kept a time for you"
        "{% if hold_minutes %} for {{ hold_minutes }} minutes{% endif %}, but no payment arrived,"
        " so it is free for others again. You were not charged.\n\n" + VISIT + "\n"
        "You can book another time whenever you like.\n",
    ),
    "payment-declined": (
        "Your payment was declined",
        "Dear {{ recipient.name }},\n\nYour bank declined the payment for this appointment, so it"
        " is not booked. You were not charged.\n\n"
        + VISIT
        # The bank's reason is not told: it may be that the card was stolen.
        + "\nPlease try again with another card, or ask your bank.\n",
    ),
    "refunded": (
        "Your money is on its way back",
        "Dear {{ recipient.name }},\n\nYour payment arrived when the time was no longer free. We"
        " are sorry, and give back {{ total | money }} to the card that you paid with.\n\n"
        + VISIT
        + "\nYour bank may need some days to show it.\n",
    ),
}


def upgrade() -> None:
    op.bulk_insert(
        sa.table(
            "templates",
            sa.column("template_id", sa.Uuid),
            *(sa.column(name) for name in ("name", "channel", "subject_template", "body_template")),
            schema="app",
        ),
        [
            {
                "template_id": uuid5(TEMPLATES, name),
                "name": name,
                "channel": "EMAIL",
                "subject_template": subject,
                "body_template": body,
            }
            for name, (subject, body) in PLANTED.items()
        ],
    )


def downgrade() -> None:
    names = ", ".join(f"'{name}'" for name in PLANTED)
    op.execute(f"DELETE FROM app.templates WHERE name IN ({names})")  # noqa: S608
