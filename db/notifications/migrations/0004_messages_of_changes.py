"""Messages of what may happen to a visit and its money; those that knew visits alone know more."""

import importlib
from uuid import UUID, uuid5

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TEMPLATES = UUID("0d5b7a36-5b0e-4b52-a8a1-6a7b0e6d5f2c")
FIRST: dict[str, tuple[str, str]] = importlib.import_module(
    "db.notifications.migrations.0003_first_templates"
).PLANTED

VISIT = """\
  Doctor: {{ doctor }}
  Department: {{ department }}
  When: {{ when }}
"""
# A payment may be for a bill that has no visit.
OF_A_VISIT = "{% if doctor %}" + VISIT + "\n{% endif %}"
DEAR = "Dear {{ recipient.name }},\n\n"

# Subject and text by event.
PLANTED = {
    "moved": (
        "Your appointment with {{ doctor }} has moved",
        DEAR
        + "Your appointment has moved. We see you now:\n\n"
        + VISIT
        + "{% if before %}\nYou need not come at the old time, {{ before }}.\n{% endif %}"
        "\nIf you cannot come, please tell us early, so that somebody else can have your time.\n",
    ),
    "cancelled": (
        "Your appointment with {{ doctor }} is cancelled",
        DEAR
        + "Your appointment is cancelled; you need not come.\n\n"
        + VISIT
        + "{% if fee %}  Fee: {{ fee | money }}\n{% endif %}"
        "{% if refund %}  Goes back to you: {{ refund | money }}\n{% endif %}"
        "{% if refund %}\nWe write again when the money is on its way.\n{% endif %}"
        "\nYou can book another time whenever you like.\n",
    ),
    "refund-delayed": (
        "Your refund takes longer than usual",
        DEAR + "We owe you {{ total | money }}, and could not give it back yet. You need not do"
        " anything: we look after it, and write again when it is done. We are sorry.\n\n"
        + OF_A_VISIT
        + "If you have questions, please ask us.\n",
    ),
    "reminder": (
        "Your appointment with {{ doctor }} is near",
        DEAR
        + "We look forward to seeing you.\n\n"
        + VISIT
        + "\nIf you cannot come, please tell us early, so that somebody else can have your time.\n",
    ),
    "no-show": (
        "We did not see you at your appointment",
        DEAR
        + "We waited for you, and hope that you are well.\n\n"
        + VISIT
        + "{% if fee %}  Fee: {{ fee | money }}\n{% endif %}"
        "{% if until %}\nIf you were there, or something kept you that you could not help, please"
        " tell us by {{ until | date }}.{% if fee %} The fee can then be dropped.{% endif %}\n"
        "{% endif %}",
    ),
    "waived": (
        "The fee for your missed appointment is dropped",
        DEAR + "You need not pay the fee{% if total %} of {{ total | money }}{% endif %} for this"
        " appointment. If you have paid it already, it goes back the way it came.\n\n" + VISIT,
    ),
    "completed": (
        "Thank you for your visit",
        DEAR
        + "Thank you for your visit.\n\n"
        + VISIT
        + "\nWhat was found is in your record. If anything is not clear, please ask us.\n",
    ),
}
REWRITTEN = {
    "receipt": (
        "Receipt{% if doctor %} for your appointment with {{ doctor }}{% endif %}",
        DEAR + "Thank you for your payment of {{ total | money }}.\n"
        "{% if doctor %}\n" + VISIT + "{% endif %}",
    ),
    "refunded": (
        "Your money is on its way back",
        DEAR + "{% if late %}Your payment arrived when the time was no longer free. We are"
        " sorry.\n\n{% endif %}We have given back {{ total | money }}, the way it was paid.\n\n"
        + OF_A_VISIT
        + "Your bank may need some days to show it.\n",
    ),
    "payment-declined": (
        "Your payment was declined",
        DEAR + "Your bank declined the payment"
        "{% if stands %}{% if total %} of {{ total | money }}{% endif %}. Nothing else has changed."
        "{% else %} for this appointment, so it is not booked.{% endif %}"
        " You were not charged.\n\n"
        + OF_A_VISIT
        # The bank's reason is not told: it may be that the card was stolen.
        + "Please try again with another card, or ask your bank.\n",
    ),
}

TABLE = sa.table(
    "templates",
    sa.column("template_id", sa.Uuid),
    *(sa.column(name) for name in ("name", "channel", "subject_template", "body_template")),
    schema="app",
)


def upgrade() -> None:
    op.bulk_insert(
        TABLE,
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
    for name, texts in REWRITTEN.items():
        replace(name, FIRST[name], texts)


def downgrade() -> None:
    for name, texts in REWRITTEN.items():
        replace(name, texts, FIRST[name])
    op.execute(TABLE.delete().where(TABLE.c.name.in_(PLANTED)))


def replace(name: str, old: tuple[str, str], new: tuple[str, str]) -> None:
    """Write a text anew, unless an administrator has changed it."""
    c = TABLE.c
    op.execute(
        TABLE.update()
        .where(c.name == name, c.subject_template == old[0], c.body_template == old[1])
        .values(subject_template=new[0], body_template=new[1])
    )
