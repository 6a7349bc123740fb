"""What nobody waits for stands still while somebody does, for so long and no longer."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from streaming_rows import add_track, ready_asset, unit_of

from apps.streaming.domain.priorities import Priority
from apps.streaming.domain.states import UnitState
from apps.streaming.models import Rendition, WorkUnit
from apps.streaming.services import courtesy, demand, desk
from apps.streaming.services.courtesy import LATER, LOOK_S, NEXT, Courtesy
from apps.streaming.services.demand import SAID_AGAIN_S

pytestmark = pytest.mark.django_db
SOME = 3 * LOOK_S


@pytest.fixture
def ahead() -> WorkUnit:
    return unit_of(add_track(ready_asset(), "v720", done=0), 0, 3, priority=Priority.REST)


@pytest.fixture
def wish(ahead) -> WorkUnit:
    """A unit that a thread of this process makes for somebody who waits."""
    track = add_track(ahead.asset, "v480", done=0)
    unit_of(track, 0, 3, priority=Priority.WAITING, wanted_at=timezone.now())
    unit = desk.take(None, None)
    assert unit.rungs == ["v480"]
    yield unit
    desk.leave(unit)


@pytest.fixture
def look(ahead, monkeypatch) -> Callable[[float], bool]:
    """Whether the maker of ``ahead`` stands still at a time of its clock."""
    clock, maker = [0.0], Courtesy(ahead, is_encode=True)
    monkeypatch.setattr(courtesy, "monotonic", lambda: clock[0])

    def at(now: float) -> bool:
        clock[0] = now
        return maker.stands_still()

    return at


def test_it_stands_still_while_somebody_waits_and_goes_on_when_the_wish_is_fulfilled(look, wish):
    assert look(0)
    desk.leave(wish)
    assert not look(SOME)


def test_nobody_waits(look, ahead):
    assert not look(0)


def test_who_went_away_holds_nobody_up(look, wish):
    WorkUnit.objects.filter(pk=wish.pk).update(wanted_at=timezone.now() - timedelta(seconds=SAID_AGAIN_S + 1))
    assert not look(0)


def test_a_wish_that_nobody_works_on_holds_nobody_up(look, wish):
    WorkUnit.objects.filter(pk=wish.pk).update(state=UnitState.PENDING)
    assert not look(0)


def test_a_maker_whose_next_segment_is_waited_for_goes_on(look, wish, ahead, monkeypatch):
    monkeypatch.setattr(demand, "places_for", lambda _: 1)
    for track in Rendition.objects.filter(name__in=["v480", "v720"]):
        Rendition.objects.filter(pk=track.pk).update(recipe_data=track.recipe_data | {"mode": "encode"})
    WorkUnit.objects.filter(pk=ahead.pk).update(state=UnitState.LEASED)
    assert look(0)
    assert demand.want_segment(ahead.asset_id, "v720", 1) == demand.Answer.COMING
    assert not look(SOME)
    WorkUnit.objects.filter(pk=ahead.pk).update(wanted_at=timezone.now() - timedelta(seconds=SAID_AGAIN_S + 1))
    assert look(2 * SOME)


def test_what_is_made_for_a_viewer_never_stands_still(wish):
    assert not Courtesy(wish, is_encode=True).stands_still()


@pytest.mark.parametrize(("priority", "turn"), [(Priority.SOON, NEXT), (Priority.REST, LATER)])
def test_a_long_row_of_viewers_leaves_a_quarter_of_the_time_at_least(look, wish, ahead, priority, turn):
    ahead.priority = priority
    turn_s = turn.still_s + turn.works_s
    still = [look(LOOK_S * number) for number in range(int(3 * turn_s / LOOK_S))]
    for number in range(3):
        began = int(number * turn_s / LOOK_S) + 1
        assert still[began]
        assert not still[began + int(turn.still_s / LOOK_S)]
    assert sum(still) * LOOK_S == pytest.approx(3 * turn.still_s, abs=3 * LOOK_S)
    assert turn.works_s >= turn_s / 4, "whoever made the films ahead would never get there"
