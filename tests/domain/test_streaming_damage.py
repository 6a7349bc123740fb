import pytest

from apps.streaming.domain.damage import Damage, damage_of, probed
from apps.streaming.domain.grid import Segments


@pytest.mark.parametrize(
    ("damaged", "pictures", "places", "found"),
    [
        (0, 1200, 12, Damage.NONE),
        (8, 100, 1, Damage.NONE),  # the first pictures of an open GOP
        (9, 100, 1, Damage.NOTED),
        (14, 1500, 1, Damage.NONE),  # less than one of a hundred
        (16, 1500, 1, Damage.NOTED),
        (50, 100, 1, Damage.NOTED),
        (51, 100, 1, Damage.HOPELESS),
        (5, 5, 1, Damage.NONE),
    ],
)
def test_how_much_damage_people_are_told_of(damaged, pictures, places, found):
    assert damage_of(damaged=damaged, pictures=pictures, places=places) == found


def grid(seconds: int) -> Segments:
    return Segments(1, tuple(range(0, seconds, 4)), seconds, (100,) * (seconds // 4))


@pytest.mark.parametrize(("seconds", "places"), [(4, 1), (8, 2), (60, 3), (600, 10), (7200, 12)])
def test_a_longer_film_is_probed_in_more_places_but_never_in_many(seconds, places):
    found = probed(grid(seconds), most=12)
    assert len(found) == places
    assert found[0] == 0
    assert found[-1] == seconds // 4 - 1


def test_three_places_are_first_middle_and_last():
    assert probed(grid(7200), most=3) == [0, 899, 1799]
