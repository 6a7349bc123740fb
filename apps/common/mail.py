"""One way to send a mail: one recipient, control characters stripped, plain text.

``OutboxBackend`` is Django's email backend when no SMTP server is set: it keeps mails for the outbox page.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from smtplib import SMTPException, SMTPRecipientsRefused, SMTPResponseException

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from structlog import get_logger

from apps.common.models import OutboxMail

log = get_logger(__name__)

PERMANENT = 500  # RFC 5321, 4.2.1: a 5yz reply stays the same however often one tries


class MailNotSent(Exception):
    """The mail server surely did not take the mail; ``is_final`` when trying again is useless."""

    def __init__(self, reason: str, *, is_final: bool) -> None:
        super().__init__(reason)
        self.is_final = is_final


class MailUnsure(Exception):
    """The connection broke while the server had the mail: sending it again might double it."""


@dataclass(frozen=True, slots=True)
class Attachment:
    name: str
    text: str
    media_type: str


def send_mail(
    *, to: str, subject: str, text: str, headers: dict[str, str] | None = None, attachment: Attachment | None = None
) -> None:
    """Hand one mail to the backend. Raises MailNotSent or MailUnsure."""
    clean_subject = "".join(char if char.isprintable() else " " for char in subject)[:300]
    connection = get_connection()
    try:
        connection.open()
    except (OSError, SMTPException) as error:
        raise MailNotSent(str(error), is_final=False) from error
    message = EmailMessage(
        clean_subject, text, settings.DEFAULT_FROM_EMAIL, [to], headers=headers, connection=connection
    )
    if attachment is not None:
        message.attach(attachment.name, attachment.text, attachment.media_type)
    try:
        message.send()
    except (SMTPResponseException, SMTPRecipientsRefused) as error:
        raise MailNotSent(str(error), is_final=_reply_code(error) >= PERMANENT) from error
    except (OSError, SMTPException) as error:
        raise MailUnsure(str(error)) from error
    finally:
        with suppress(OSError, SMTPException):  # the mail is already taken or refused; a rude goodbye changes nothing
            connection.close()


def _reply_code(error: SMTPResponseException | SMTPRecipientsRefused) -> int:
    if isinstance(error, SMTPResponseException):
        return int(error.smtp_code)
    return min((code for code, _ in error.recipients.values()), default=PERMANENT)


class OutboxBackend(BaseEmailBackend):
    """Stores each message as an ``OutboxMail`` row and says so on the console."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for message in email_messages:
            for recipient in message.recipients():
                OutboxMail.objects.create(to=recipient, subject=str(message.subject), text=str(message.body))
                log.info("mail.kept_in_outbox", to=recipient, subject=str(message.subject))
        return len(email_messages)
