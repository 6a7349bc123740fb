"""What is kept for a reader who does not keep up: what still counts when they do again, and never much.

Invariant: whatever arrives, one stuck reader costs no more than the limits below.
"""

from consumers.wire import Parcel

KEPT_MAX = 64 + 3  # 64 events, and the newest timeline, wait and presence
KEPT_MAX_BYTES = 128 * 1024  # of events; the newest of a kind is kept as an object that the whole room shares


class Backlog:
    """``keep`` while the reader is behind; ``parcels`` gives what they have to know, in order."""

    __slots__ = ("_bytes", "_count", "_kept")

    def __init__(self) -> None:
        self._kept: dict[str | int, Parcel] = {}
        self._count = 0
        self._bytes = 0

    def keep(self, parcel: Parcel) -> bool:
        """False when the reader has missed too much to catch up."""
        if parcel.is_fleeting:
            return True
        slot = parcel.slot
        if slot is not None:
            older = self._kept.pop(slot, None)  # out of its old place: the newest comes after what it knew of
            self._kept[slot] = parcel if older is None else parcel.after(older)
        else:
            self._count += 1
            self._kept[self._count] = parcel
            self._bytes += len(parcel.wire)
        return len(self._kept) <= KEPT_MAX and self._bytes <= KEPT_MAX_BYTES

    def parcels(self) -> list[Parcel]:
        return list(self._kept.values())
