"""Who stands in for the host. Pure: who is there and since when they came into the room comes in as an argument.

Invariant: the host's control never moves while a host is there, and goes back the moment one returns.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from apps.rooms.domain.members import Role, is_host, rank

HOST_AWAY_S = 60.0  # a reload, a tunnel, a phone call: not worth another host


@dataclass(frozen=True, slots=True)
class Person:
    """``order``: the smaller, the longer this person has been of the room."""

    id: str
    role: Role
    order: int


def stand_in(people: Sequence[Person], present: Collection[str], *, current: str | None, away_s: float) -> str | None:
    """Who stands in for the host now; None for nobody, which is so whenever a host is there.

    ``away_s``: for how long neither a host nor the one who stands in has been seen. Cohosts come first, then the
    longest member, and guests after members.
    """
    here = [person for person in people if person.id in present]
    if any(is_host(person.role) for person in here):
        return None
    if any(person.id == current for person in here) or away_s < HOST_AWAY_S:
        return current
    able = [person for person in here if person.role is not Role.COMPANION]
    best = min(able, key=lambda person: (-rank(person.role), person.order), default=None)
    return best.id if best else current
