"""Hosts the service `payments`."""

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from activities.payments.activities import PaymentActivities
from activities.payments.contract import TASK_QUEUE
from activities.payments.service import PaymentService
from activities.payments.stripe_gateway import StripeGateway
from db.settings import connect, database
from workers.hosting import Hosted


class Gateway(BaseSettings):
    """The payment gateway: `HMS_PAYMENTS_GATEWAY_…`."""

    model_config = SettingsConfigDict(env_prefix="HMS_PAYMENTS_GATEWAY_")

    url: str = "https://api.stripe.com"
    key: SecretStr


def open_door() -> Hosted:
    settings, gateway = database("payments"), Gateway()
    engine = connect(settings.database_url, settings.pool_size, "payments")
    outside = StripeGateway(gateway.key.get_secret_value(), gateway.url)
    door = PaymentActivities(PaymentService(engine), outside)
    return Hosted("payments", TASK_QUEUE, door, engine, settings.pool_size, outside.close)
