"""Hosts the service `notifications`."""

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from activities.notifications.activities import NotificationActivities
from activities.notifications.contract import TASK_QUEUE
from activities.notifications.mailer import MailServer, SmtpMailer
from activities.notifications.service import NotificationService
from db.settings import connect, database
from workers.hosting import Hosted


class Mail(BaseSettings):
    """The mail server: `HMS_NOTIFICATIONS_SMTP_…`."""

    model_config = SettingsConfigDict(env_prefix="HMS_NOTIFICATIONS_SMTP_")

    host: str = "127.0.0.1"
    port: int = 25
    sender: str = "Riverside Hospital <appointments@riverside.example>"
    username: str | None = None
    password: SecretStr | None = None
    use_tls: bool = False


def open_door() -> Hosted:
    settings, mail = database("notifications"), Mail()
    engine = connect(settings.database_url, settings.pool_size, "notifications")
    server = MailServer(
        host=mail.host,
        port=mail.port,
        sender=mail.sender,
        username=mail.username,
        password=mail.password.get_secret_value() if mail.password else None,
        use_tls=mail.use_tls,
    )
    mailer = SmtpMailer(server)
    door = NotificationActivities(NotificationService(engine), mailer)
    return Hosted("notifications", TASK_QUEUE, door, engine, settings.pool_size, close=mailer.close)
