"""How much of the disk is ours: the operator's quota, or what the disk can spare; and the floor that stays free.

Invariant: without a quota by the operator, no more is promised than is free above the floor.
"""

from django.conf import settings

from apps.streaming.adapters import store

DEFAULT_BYTES = 200_000_000_000
FLOOR_BYTES = 2_000_000_000
FLOOR_SHARE = 0.05


def quota_bytes(used_bytes: int) -> int:
    """What all films may take, ``used_bytes`` being what they take on the disk now.

    Without the operator's word it follows the disk, as others come and go there. Films in a bucket are not on the disk.
    """
    told = int(settings.MEDIA_QUOTA_BYTES)
    if told or not store.is_local():
        return told or DEFAULT_BYTES
    return min(DEFAULT_BYTES, max(0, used_bytes + store.free_bytes() - floor_bytes()))


def largest_bytes() -> int:
    """What an empty disk would hold: what is larger never comes, anything else may wait for room."""
    told = int(settings.MEDIA_QUOTA_BYTES)
    return told or min(DEFAULT_BYTES, store.disk_bytes() - floor_bytes())


def floor_bytes() -> int:
    """What stays free on the disk for everything else that runs there."""
    fixed = int(settings.MEDIA_FLOOR_BYTES)
    return fixed or min(FLOOR_BYTES, int(store.disk_bytes() * FLOOR_SHARE))
