"""Which units a plan has, and what is made first."""

from dataclasses import replace
from functools import cache
from itertools import dropwhile
from pathlib import Path
from uuid import UUID

import pytest

from apps.catalog.services import create_manual_title
from apps.streaming import services
from apps.streaming.adapters import probe
from apps.streaming.domain.ladder import choose_ladder
from apps.streaming.domain.priorities import Priority
from apps.streaming.domain.source import PacketTimes, SoundTimes
from apps.streaming.domain.states import UnitKind
from apps.streaming.models import WorkUnit
from apps.streaming.services import desk, leases, preparing, sources
from tests.domain.streaming_samples import AUDIO, VIDEO, facts, times

UNCOPYABLE = replace(VIDEO, is_interlaced=True, width=1280, height=720)
TWO_HOURS_S = 7200
COPY_UNITS = 120  # of a minute each


@pytest.mark.parametrize(
    ("cores", "first"), [(1, ["v480"]), (16, ["v720", "v480"])], ids=["one-slow-core", "many-cores"]
)
def test_the_smallest_rung_goes_alone_only_where_all_together_would_take_long(monkeypatch, cores, first):
    monkeypatch.setattr(preparing, "cores", lambda: cores)
    source = facts(video=UNCOPYABLE)
    ladder = choose_ladder(source, times())
    units = list(preparing.plan_pictures(source, ladder))
    opening = [unit for unit in units if unit.priority == Priority.SOON]
    assert [(unit.first, unit.last, unit.rungs) for unit in opening] == [(0, 3, first)]


@pytest.mark.parametrize("cores", [1, 16])
def test_every_part_of_every_rung_is_planned_once(monkeypatch, cores):
    monkeypatch.setattr(preparing, "cores", lambda: cores)
    source = facts(video=UNCOPYABLE)
    ladder = choose_ladder(source, times())
    units = list(preparing.plan_pictures(source, ladder))
    planned = sorted((rung, index) for unit in units for rung in unit.rungs for index in range(unit.first, unit.last))
    wanted = sorted((track.name, index) for track in ladder.tracks if track.units and track.name in {"v720", "v480"}
                    for index in range(len(track.segments)))  # fmt: skip
    assert planned == wanted


def test_sound_for_slow_lines_is_made_by_itself_before_the_other_languages():
    spoken = [replace(AUDIO, index=index, language=language, is_default=index == 1)
              for index, language in ((1, "eng"), (3, "fre"))]  # fmt: skip
    source = facts(audio=tuple(spoken))
    every = {track.index: SoundTimes(times().sounds[1].pts, 1024) for track in spoken}
    units = list(preparing.plan_sound(source, choose_ladder(source, replace(times(), sounds=every))))
    assert [(unit.rungs, unit.priority) for unit in units] == [
        (["a-eng-1"], Priority.SOON), (["a-eng-1-low"], Priority.PREROLL), (["a-fre-3"], Priority.EXTRA)
    ]  # fmt: skip


@cache
def times_of_a_long_film() -> PacketTimes:
    return times(seconds=TWO_HOURS_S)


@pytest.fixture
def long_films(db, monkeypatch, settings):
    """Every file is H.264 of two hours with sound that has to be encoded."""
    settings.VIDEO_ENCODER = "x264"
    monkeypatch.setattr(desk, "_running", {})
    monkeypatch.setattr(sources, "open_source", lambda _: None)
    found = facts(seconds=TWO_HOURS_S, audio=(replace(AUDIO, codec="ac3", profile=""),))
    monkeypatch.setattr(probe, "probe", lambda *_, **__: found)
    monkeypatch.setattr(probe, "scan", lambda *_, **__: times_of_a_long_film())


def add_film(name: str) -> UUID:
    return services.create_asset(title_id=create_manual_title(name=name).pk, source=Path("/films") / name)


def claimed_one_by_one() -> list[WorkUnit]:
    units = []
    while (unit := leases.claim()) is not None:
        units.append(unit)
    return units


def test_sound_and_the_next_film_come_before_the_rest_of_a_copy(long_films):
    first = add_film("first")
    assert services.run_next_unit()
    second = add_film("second")
    claimed = claimed_one_by_one()
    told = [(unit.asset_id, unit.kind, *unit.rungs) for unit in claimed]
    assert told[:3] == [
        (first, UnitKind.VIDEO, "v-src"), (first, UnitKind.AUDIO, "a-eng-1"), (second, UnitKind.PREPARE)
    ]  # fmt: skip
    assert claimed[0].first == 0
    assert told[3 : COPY_UNITS + 2] == [(first, UnitKind.VIDEO, "v-src")] * (COPY_UNITS - 1)


def test_a_second_film_is_playable_before_the_rest_of_the_first_ones_copy(long_films):
    add_film("first")
    assert services.run_next_unit()
    second = add_film("second")
    assert services.run_next_unit(asset_id=second)
    soon = [(unit.rungs, unit.first) for unit in claimed_one_by_one() if unit.priority == Priority.SOON]
    assert soon == [(["v-src"], 0), (["a-eng-1"], 0)] * 2


def test_a_copy_is_whole_before_anything_is_encoded_ahead_of_time(long_films):
    add_film("first")
    assert services.run_next_unit()
    later = dropwhile(lambda unit: unit.priority == Priority.SOON, claimed_one_by_one())
    is_copy = [unit.rungs == ["v-src"] for unit in later]
    assert is_copy == sorted(is_copy, reverse=True)
    assert sum(is_copy) == COPY_UNITS - 1


def test_a_copy_in_one_pass_is_begun_at_once():
    """It cannot be continued in the middle, so its beginning is not made without the rest."""
    ladder = choose_ladder(facts(seconds=60), times(seconds=60))
    [copy] = [track for track in ladder.tracks if track.name == "v-src"]
    whole = replace(copy, units=((0, len(copy.segments)),))
    units = list(preparing.plan_pictures(facts(), replace(ladder, tracks=(whole,))))
    assert [(unit.first, unit.last, unit.priority) for unit in units] == [(0, len(copy.segments), Priority.SOON)]
