"""Which player of a viewer asks: one person may watch on several devices at once.

Invariant: nobody can speak for the player of somebody else, whatever session they name.
"""

from uuid import UUID, uuid5


def player_of(viewer: UUID, session: str) -> UUID:
    """``session`` is what the player calls itself; the viewer stands for one that has no name."""
    return uuid5(viewer, session) if session else viewer
