"""The golden cases of timeline, clock and drift, checked against the Python side of each rule."""

import json
from pathlib import Path
from typing import Any

import pytest

from apps.rooms.domain.clock import ClockEstimate, Probe
from apps.rooms.domain.commands import Command, Op, apply_command
from apps.rooms.domain.leads import lead_ms
from apps.rooms.domain.playback import Barrier, Cause, Timeline, Why, position_at
from tests.contract.drift_reference import DriftReference

HERE = Path(__file__).parent
TIMELINE = json.loads((HERE / "timeline_cases.json").read_text())
CLOCK = json.loads((HERE / "clock_cases.json").read_text())
SYNC = json.loads((HERE / "sync_cases.json").read_text())


def by_name(case: dict[str, Any]) -> str:
    return case["name"]


def timeline_from(raw: dict[str, Any]) -> Timeline:
    wait = raw["wait"] and Barrier(
        bid=raw["wait"]["bid"],
        waiting_for=tuple(raw["wait"]["for"]),
        until_ms=raw["wait"]["until_ms"],
        why=Why(raw["wait"]["why"]),
        began_ms=raw["wait"].get("began_ms", 0),
    )
    return Timeline(**{**raw, "cause": Cause(raw["cause"]), "wait": wait})


@pytest.mark.parametrize("case", TIMELINE["positions"], ids=by_name)
def test_position(case: dict[str, Any]) -> None:
    assert position_at(timeline_from(case["timeline"]), case["now_ms"]) == pytest.approx(case["position_ms"], abs=1e-3)


@pytest.mark.parametrize("case", TIMELINE["commands"], ids=by_name)
def test_command(case: dict[str, Any]) -> None:
    raw = case["command"]
    command = Command(op=Op(raw["op"]), base=raw["base"], by=raw["by"], position_s=raw["position"], rate=raw["rate"])
    decision = apply_command(timeline_from(case["timeline"]), command, now_ms=case["now_ms"], lead_ms=case["lead_ms"])
    assert decision.outcome.value == case["expect"]["outcome"]
    assert decision.timeline == timeline_from(case["expect"]["timeline"])


@pytest.mark.parametrize("case", TIMELINE["leads"], ids=lambda case: str(case["lead_ms"]))
def test_lead(case: dict[str, Any]) -> None:
    assert lead_ms([(rtt, jitter) for rtt, jitter in case["delays"]]) == case["lead_ms"]


@pytest.mark.parametrize("case", CLOCK["estimates"], ids=by_name)
def test_clock_estimate(case: dict[str, Any]) -> None:
    estimate, expect = ClockEstimate(), case["expect"]
    restarts = sum(estimate.add(Probe(*probe)) for probe in case["probes"])
    assert estimate.is_usable is expect["usable"]
    assert restarts == expect["restarts"]
    assert len(estimate.probes) == expect.get("kept", len(estimate.probes))
    if expect["usable"]:
        asked_at = case.get("at_ms", case["probes"][-1][3])
        assert estimate.offset_at(asked_at) == pytest.approx(expect["offset_ms"], abs=expect["within_ms"])


@pytest.mark.parametrize("case", SYNC, ids=by_name)
def test_drift_case_follows_the_rules(case: dict[str, Any]) -> None:
    controller = DriftReference(case["mode"], settles_at=case["steps"][0]["sample"]["now_ms"] + 400)
    for step in case["steps"]:
        if step["settle"]:
            controller.settle(step["sample"]["now_ms"])
        answer, expect = controller.decide(step["sample"]), step["expect"]
        assert (answer["action"], answer["struggling"]) == (expect["action"], expect["struggling"]), step
        assert answer.get("rate") == pytest.approx(expect.get("rate"), abs=1e-6), step
