"""Which units a plan has, and what is made first."""

from dataclasses import replace

import pytest

from apps.streaming.domain.ladder import choose_ladder
from apps.streaming.domain.priorities import Priority
from apps.streaming.services import preparing
from tests.domain.streaming_samples import VIDEO, facts, times

UNCOPYABLE = replace(VIDEO, is_interlaced=True, width=1280, height=720)


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
