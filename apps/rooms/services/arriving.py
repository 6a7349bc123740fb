"""What a room knows of a film that is still arriving."""

from uuid import UUID

from apps.common.errors import Conflict
from apps.rooms.domain.arrival import Arrival, refusal
from apps.streaming import services as streaming


def arrival_of(title_id: UUID, position_s: float) -> Arrival | None:
    """How far the film can be played from ``position_s`` on; None when all of it is here."""
    until_s = streaming.available_until_s(title_id, position_s)
    return None if until_s is None else Arrival(until_s, streaming.arrival_speed(title_id))


def require_arrived(title_id: UUID, position_s: float) -> None:
    """Raises Conflict, in words that say when, for a place where the film has not arrived."""
    if fault := refusal(arrival_of(title_id, position_s), position_s):
        raise Conflict(fault, code="not_here_yet")
