"""Which units a plan has, and what is made first."""

from dataclasses import replace

import pytest

from apps.streaming.domain.ladder import choose_ladder
from apps.streaming.domain.priorities import Priority
from apps.streaming.domain.source import SoundTimes
from apps.streaming.services import preparing
from tests.domain.streaming_samples import AUDIO, VIDEO, facts, times

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


def test_sound_for_slow_lines_is_made_by_itself_before_the_other_languages():
    spoken = [replace(AUDIO, index=index, language=language, is_default=index == 1)
              for index, language in ((1, "eng"), (3, "fre"))]  # fmt: skip
    source = facts(audio=tuple(spoken))
    every = {track.index: SoundTimes(times().sounds[1].pts, 1024) for track in spoken}
    units = list(preparing.plan_sound(source, choose_ladder(source, replace(times(), sounds=every))))
    assert [(unit.rungs, unit.priority) for unit in units] == [
        (["a-eng-1"], Priority.SOON), (["a-eng-1-low"], Priority.PREROLL), (["a-fre-3"], Priority.EXTRA)
    ]  # fmt: skip
