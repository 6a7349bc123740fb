"""Who is told what, by which channel, and the life of one delivery, as tables. Pure."""

from datetime import timedelta
from enum import StrEnum

SEEN_GRACE = timedelta(seconds=20)  # who marks it seen within this needs no email
MAX_ATTEMPTS = 5
BACKOFF = (timedelta(seconds=30), timedelta(minutes=2), timedelta(minutes=10), timedelta(hours=1))
SENDING_TIMEOUT = timedelta(minutes=1)  # nothing was handed over yet: take it back and try again
HANDED_TIMEOUT = timedelta(minutes=2)  # six times the mail server's timeout: its worker is gone, nobody knows


class Kind(StrEnum):
    READY = "ready"
    PLAYABLE = "playable"
    DECLINED = "declined"
    FAILED = "failed"
    DELAYED = "delayed"
    LEAVING_SOON = "leaving_soon"
    APPROVAL_NEEDED = "approval_needed"
    NEEDS_ATTENTION = "needs_attention"
    STORAGE = "storage"
    PAYMENT = "payment"
    PARTY = "party"


class Category(StrEnum):
    """What somebody can switch on and off."""

    FILMS = "films"
    OPERATION = "operation"
    PAYMENTS = "payments"
    PARTIES = "parties"


class Channel(StrEnum):
    """Besides the inbox, which everything reaches."""

    EMAIL = "email"


CATEGORY = {
    Kind.READY: Category.FILMS,
    Kind.PLAYABLE: Category.FILMS,
    Kind.DECLINED: Category.FILMS,
    Kind.FAILED: Category.FILMS,
    Kind.DELAYED: Category.FILMS,
    Kind.LEAVING_SOON: Category.FILMS,
    Kind.APPROVAL_NEEDED: Category.OPERATION,
    Kind.NEEDS_ATTENTION: Category.OPERATION,
    Kind.STORAGE: Category.OPERATION,
    Kind.PAYMENT: Category.PAYMENTS,
    Kind.PARTY: Category.PARTIES,
}

# People asked for this mail by asking for the film, or plan their evening by it: an open page does not replace it.
ALWAYS_BY_EMAIL = frozenset({Kind.READY, Kind.PAYMENT, Kind.PARTY})
DEFAULTS: dict[tuple[Category, Channel], bool] = {
    (category, channel): True for category in Category for channel in Channel
}


class State(StrEnum):
    QUEUED = "queued"
    SENDING = "sending"
    HANDED = "handed"
    SENT = "sent"
    FAILED = "failed"
    DEAD = "dead"
    SUPPRESSED = "suppressed"
    UNKNOWN = "unknown"


class Event(StrEnum):
    CLAIM = "claim"  # a worker takes it
    HAND_OVER = "hand_over"  # committed just before the mail server hears of it
    ACCEPT = "accept"  # the mail server took it
    REFUSE = "refuse"  # the mail server surely did not take it
    GIVE_UP = "give_up"  # refused for good, or too often
    SUPPRESS = "suppress"  # no address, not wanted, or seen already
    LOSE = "lose"  # its worker died, or the answer never came


MOVES: dict[tuple[State, Event], State] = {
    (State.QUEUED, Event.CLAIM): State.SENDING,
    (State.FAILED, Event.CLAIM): State.SENDING,
    (State.SENDING, Event.SUPPRESS): State.SUPPRESSED,
    (State.SENDING, Event.HAND_OVER): State.HANDED,
    (State.SENDING, Event.LOSE): State.QUEUED,
    (State.HANDED, Event.ACCEPT): State.SENT,
    (State.HANDED, Event.REFUSE): State.FAILED,
    (State.HANDED, Event.GIVE_UP): State.DEAD,
    (State.HANDED, Event.LOSE): State.UNKNOWN,
}


def sources_of(event: Event) -> list[State]:
    return [state for (state, on), _ in MOVES.items() if on == event]


def email_delay(kind: Kind) -> timedelta:
    return timedelta(0) if kind in ALWAYS_BY_EMAIL else SEEN_GRACE


def is_replaced_by_seeing(kind: Kind) -> bool:
    return kind not in ALWAYS_BY_EMAIL


def refusal(attempts: int, *, is_final: bool) -> Event:
    """What a refusal after the ``attempts``-th try (from 1) comes to."""
    return Event.GIVE_UP if is_final or attempts >= MAX_ATTEMPTS else Event.REFUSE


def backoff(attempts: int) -> timedelta:
    return BACKOFF[min(attempts, len(BACKOFF)) - 1]
