"""How much of a picture is damaged, and whether people are told or the picture is given up."""

from enum import StrEnum

from apps.streaming.domain.grid import UNIT_S, Segments

# A decoder that starts in the middle may miss references for the first pictures of an open GOP.
EXPECTED_PER_PLACE = 8
NOTED_SHARE = 100  # one picture of so many is noticed
PROBED_MIN, PROBED_MAX = 3, 12  # segments; a decoder works seconds on them, however long the film is
NOTE = "The file is damaged in places; pictures may break up there."
HOPELESS = "Most of its pictures cannot be decoded: the file is damaged."


class Damage(StrEnum):
    NONE = "none"
    NOTED = "noted"
    HOPELESS = "hopeless"


def damage_of(*, damaged: int, pictures: int, places: int) -> Damage:
    """``pictures``: how many were decoded, in runs that began at ``places`` places; ``damaged`` of them broke up."""
    if damaged <= EXPECTED_PER_PLACE * places or damaged * NOTED_SHARE <= pictures:
        return Damage.NONE
    return Damage.HOPELESS if damaged * 2 > pictures else Damage.NOTED


def probed(segments: Segments, *, most: int) -> list[int]:
    """The segments of a track that are decoded as its proof: the first, the last, and about one a minute between."""
    last = len(segments) - 1
    steps = min(max(PROBED_MIN, int(segments.total_s / UNIT_S)), most) - 1
    return sorted({last * step // steps for step in range(steps + 1)})
