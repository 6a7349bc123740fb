"""Whether the host of a room is there, as this process sees it. Pure: people and time come in as arguments."""

from collections.abc import Mapping
from dataclasses import dataclass

from apps.rooms.domain import handover
from apps.rooms.domain.members import Role, is_host
from consumers.protocol.parts import Member

ASK_EVERY_S = 5.0  # of the database, while nobody who is there can stand in


@dataclass
class HostWatch:
    """``seen_at``: when a host, or whoever stands in for one, was there last; own clock, None before the first look."""

    seen_at: float | None = None
    asked_at: float = float("-inf")

    def look(self, members: Mapping[str, Member], stand_in: str | None, now_s: float, *, knows_others: bool) -> bool:
        """True when the host's control has to move, or to go back.

        Without the other processes nobody knows that a host is away; that one is here is seen all the same.
        """
        has_host = any(is_host(Role(member.role)) for member in members.values())
        if has_host or stand_in in members or self.seen_at is None:
            self.seen_at = now_s
        is_back = has_host and stand_in is not None
        is_away = knows_others and bool(members) and self.away_s(now_s) >= handover.HOST_AWAY_S
        if not (is_back or is_away) or now_s - self.asked_at < ASK_EVERY_S:
            return False
        self.asked_at = now_s
        return True

    def away_s(self, now_s: float) -> float:
        return now_s - self.seen_at if self.seen_at is not None else 0.0
