"""Planned parties: when to remind, when to hold the film, what to write, and the file for calendars. Pure."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

REMIND_BEFORE = timedelta(minutes=15)
REMIND_UNTIL = timedelta(minutes=15)  # after the start: a server that was down tells latecomers, not the next day
HOLD_BEFORE = timedelta(hours=1)
HELD_FOR = timedelta(minutes=30)  # said again every minute until the start, and then by the people in the room
PLANNED_AHEAD = timedelta(days=366)
LENGTH_UNKNOWN_S = 2 * 3600.0
INVITED_MAX = 50
MOVED_MAX = 10  # times of one party; each is a mail to everybody
LETTERS_A_DAY = 200  # of one person's parties: nobody is to write to strangers through this server
LINE_OCTETS = 75  # RFC 5545, 3.1


class News(StrEnum):
    """What people who are invited are told."""

    INVITED = "invited"
    CHANGED = "changed"
    CANCELLED = "cancelled"
    REMINDER = "reminder"


class LetterState(StrEnum):
    QUEUED = "queued"
    HANDED = "handed"  # committed just before the mail server hears of it; it is never sent again from here
    SENT = "sent"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class Party:
    """``sequence`` grows with every change of the plan; ``stamp`` is when this was written."""

    room: str
    name: str
    film: str
    host: str
    starts_at: datetime
    duration_s: float
    link: str
    sequence: int
    stamp: datetime
    is_cancelled: bool = False


def fault_of(starts_at: datetime, *, now: datetime) -> str:
    """Why no party can begin then; empty when one can."""
    if starts_at <= now:
        return "Choose a time that is still to come."
    if starts_at > now + PLANNED_AHEAD:
        return "Choose a time within the next year."
    return ""


def calendar_file(party: Party) -> str:
    """RFC 5545; the UID stays, so that a calendar replaces the older plan by the one with the greater sequence."""
    ends_at = party.starts_at + timedelta(seconds=party.duration_s or LENGTH_UNKNOWN_S)
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Matinee//Watch party//EN",
        "CALSCALE:GREGORIAN",
        f"METHOD:{'CANCEL' if party.is_cancelled else 'PUBLISH'}",
        "BEGIN:VEVENT",
        f"UID:room-{party.room}@matinee",
        f"DTSTAMP:{_utc(party.stamp)}",
        f"DTSTART:{_utc(party.starts_at)}",
        f"DTEND:{_utc(ends_at)}",
        f"SEQUENCE:{party.sequence}",
        f"STATUS:{'CANCELLED' if party.is_cancelled else 'CONFIRMED'}",
        f"SUMMARY:{_escaped(party.name)}",
        f"DESCRIPTION:{_escaped(f'{party.host} invites you to watch {party.film} together.')}",
        f"URL:{party.link}",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return "".join(f"{_folded(line)}\r\n" for line in lines)


def letter_text(news: News, party: Party) -> tuple[str, str]:
    """Subject and first words of what people are told."""
    when = f"{party.starts_at.astimezone(UTC):%A %-d %B %Y, %H:%M} UTC"
    about = f"{party.film} with {party.host}"
    if news is News.INVITED:
        return f"{party.host} invites you: {party.film}", f"Watch {about}: {when}."
    if news is News.CHANGED:
        return f"New time: {party.name}", f"The party is at another time. {about}: {when}."
    if news is News.CANCELLED:
        return f"Cancelled: {party.name}", f"The party on {when} does not take place."
    return f"Soon: {party.name}", f"{about} begins soon: {when}."


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _escaped(text: str) -> str:
    for plain, escaped in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\r\n", "\\n"), ("\n", "\\n"), ("\r", "\\n")):
        text = text.replace(plain, escaped)
    return text


def _folded(line: str) -> str:
    """Lines of at most 75 octets; a character is never cut in two."""
    parts, room_octets = [""], LINE_OCTETS
    for char in line:
        octets = len(char.encode())
        if octets > room_octets:
            parts.append("")
            room_octets = LINE_OCTETS - 1  # the blank that marks a continuation
        parts[-1] += char
        room_octets -= octets
    return "\r\n ".join(parts)
