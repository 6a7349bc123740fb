"""What nobody waits for stands still while somebody does, for so long and no longer."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from streaming_rows import add_track, ready_asset, unit_of

from apps.streaming.domain.priorities import Priority
from apps.streaming.domain.states import AssetState, RenditionState, UnitKind, UnitState
from apps.streaming.models import MediaAsset, Rendition, WorkUnit
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
    clock, maker = [0.0], Courtesy(ahead, takes_long=True)
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


@pytest.fixture
def opening(ahead) -> WorkUnit:
    """A unit that a thread of this process makes a film playable with."""
    film = ready_asset("Another film", state=AssetState.PROBING)
    unit_of(add_track(film, "v480", done=0), 0, 3, priority=Priority.SOON)
    unit = desk.take(None, None)
    assert unit.asset_id == film.pk
    yield unit
    desk.leave(unit)


def test_it_stands_still_while_a_film_is_made_playable(look, opening):
    assert look(0)
    desk.leave(opening)
    assert not look(SOME)


def test_what_comes_soon_of_a_film_that_plays_already_stops_nobody(look, opening):
    MediaAsset.objects.filter(pk=opening.asset_id).update(state=AssetState.PLAYABLE)
    assert not look(0)


def test_a_file_that_is_being_scanned_stops_nobody(look, opening):
    WorkUnit.objects.filter(pk=opening.pk).update(kind=UnitKind.PREPARE)
    assert not look(0)


def test_films_are_made_playable_side_by_side(look, opening, ahead):
    ahead.priority = Priority.SOON
    assert not look(0)


def test_sound_that_somebody_waits_for_goes_on(opening, monkeypatch):
    clock = [0.0]
    monkeypatch.setattr(courtesy, "monotonic", lambda: clock[0])
    track = add_track(ready_asset("A film with sound"), "a-eng-1-low", state=RenditionState.BUILDING, done=0)
    unit = unit_of(track, 0, 3, kind=UnitKind.AUDIO, state=UnitState.LEASED, priority=Priority.REST)
    maker = Courtesy(unit, takes_long=True)
    assert maker.stands_still()
    assert demand.want_segment(unit.asset_id, "a-eng-1-low", 2) == demand.Answer.COMING
    clock[0] = SOME
    assert not maker.stands_still()


def test_what_is_made_for_a_viewer_never_stands_still(wish):
    assert not Courtesy(wish, takes_long=True).stands_still()


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
