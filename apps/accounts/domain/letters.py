"""What a mail about an account says, and how long its secrets live.

Invariant: no letter repeats text that a stranger typed (a name), and every link begins with the site's own address.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

LIFETIME = timedelta(minutes=15)
TRIES = 5  # of a 6-digit code: one chance in 200,000 for each letter
MAX_ATTEMPTS = 5
BACKOFF = (timedelta(seconds=15), timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15))


class LetterKind(StrEnum):
    VERIFY_EMAIL = "verify_email"
    RESET_PASSWORD = "reset_password"  # noqa: S105 - the name of a letter
    ALREADY_REGISTERED = "already_registered"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - the name of a letter
    SIGN_IN_REVOKED = "sign_in_revoked"


class LetterState(StrEnum):
    QUEUED = "queued"
    HANDED = "handed"
    SENT = "sent"
    DROPPED = "dropped"
    DEAD = "dead"


WITH_SECRET = frozenset({LetterKind.VERIFY_EMAIL, LetterKind.RESET_PASSWORD})
ASKED_BY_ANYBODY = WITH_SECRET | {LetterKind.ALREADY_REGISTERED}  # so they are counted for each recipient


@dataclass(frozen=True, slots=True)
class Text:
    subject: str
    body: str


SUBJECTS = {
    LetterKind.VERIFY_EMAIL: "Verify your address for Matinee",
    LetterKind.RESET_PASSWORD: "Choose a new Matinee password",
    LetterKind.ALREADY_REGISTERED: "You already have a Matinee account",
    LetterKind.PASSWORD_CHANGED: "Your Matinee password was changed",
    LetterKind.SIGN_IN_REVOKED: "A Matinee session was closed for safety",
}

BODIES = {
    LetterKind.VERIFY_EMAIL: """\
Welcome to Matinee.

Open this link to verify your address:
{site}/verify?token={token}

Or type this code: {code}

Both work once, for 15 minutes. If you did not register, ignore this mail.
""",
    LetterKind.RESET_PASSWORD: """\
Somebody, probably you, asked for a new password.

Choose one here:
{site}/reset?token={token}

The link works once, for 15 minutes. If it was not you, ignore this mail; your password stays as it is.
""",
    LetterKind.ALREADY_REGISTERED: """\
Somebody, probably you, tried to register with this address. You already have an account.

Sign in: {site}/login

If you forgot the password, the sign-in page sends you a link for a new one.
""",
    LetterKind.PASSWORD_CHANGED: """\
The password of your Matinee account was changed, and every device was signed out.

If it was not you, choose a new password now: {site}/login
""",
    LetterKind.SIGN_IN_REVOKED: """\
One of your Matinee sessions was presented twice, which happens when somebody copies it. We closed it.

Sign in again: {site}/login
If you do not know why this happened, change your password.
""",
}


def compose(kind: LetterKind, *, site: str, token: str = "", code: str = "") -> Text:
    return Text(SUBJECTS[kind], BODIES[kind].format(site=site, token=token, code=code))


def may_send(kind: LetterKind, *, is_verified: bool) -> bool:
    """Only verified addresses hear from us, but for the letters that prove the address."""
    if kind == LetterKind.VERIFY_EMAIL:
        return not is_verified
    return is_verified or kind == LetterKind.RESET_PASSWORD


def backoff(attempts: int) -> timedelta:
    """The wait after the ``attempts``-th failure (from 1)."""
    return BACKOFF[min(attempts, len(BACKOFF)) - 1]
