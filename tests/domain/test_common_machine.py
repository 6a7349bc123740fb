"""How many cores there are: the scheduler's answer, or a smaller quota of a control group, asked of made-up ones."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from apps.common import machine
from apps.streaming.domain.priorities import slots_for
from project.supervisor import roster

Groups = Callable[..., None]


@pytest.fixture(autouse=True)
def eight_cores(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    machine._quota.cache_clear()
    monkeypatch.setattr(machine, "visible_cores", lambda: 8)
    yield
    machine._quota.cache_clear()


@pytest.fixture
def groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Groups:
    """Writes /proc/self/cgroup and the files of control groups, by their path below /sys/fs/cgroup."""
    monkeypatch.setattr(machine, "OWN_GROUPS", tmp_path / "own")
    monkeypatch.setattr(machine, "MOUNT", tmp_path / "mount")

    def write(own: str, **files: str) -> None:
        (tmp_path / "own").write_text(own)
        for name, text in files.items():
            path = tmp_path / "mount" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    return write


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("200000 100000\n", 2),
        ("150000 100000\n", 2),
        ("10000 100000\n", 1),
        ("1600000 100000\n", 8),
        ("max 100000\n", 8),
        ("max\n", 8),
        ("", 8),
        ("0 0\n", 8),
        ("-5 100000\n", 8),
        ("many 100000\n", 8),
        ("1 2 3\n", 8),
    ],
)
def test_a_quota_of_version_two(groups: Groups, told: str, expected: int) -> None:
    groups("0::/\n", **{"cpu.max": told})
    assert machine.cores() == expected


@pytest.mark.parametrize(
    ("quota_us", "period_us", "expected"),
    [("300000\n", "100000\n", 3), ("250000\n", "100000\n", 3), ("-1\n", "100000\n", 8), ("?\n", "100000\n", 8)],
)
def test_a_quota_of_version_one(groups: Groups, quota_us: str, period_us: str, expected: int) -> None:
    own = "9:memory:/docker/c\n4:cpu,cpuacct:/docker/c\n0::/docker/c\n"
    groups(own, **{"cpu/cpu.cfs_quota_us": quota_us, "cpu/cpu.cfs_period_us": period_us})
    assert machine.cores() == expected


def test_the_tightest_of_our_group_and_those_above_it_holds(groups: Groups) -> None:
    files = {"cpu.max": "max 100000", "a.slice/cpu.max": "200000 100000", "a.slice/b.service/cpu.max": "500000 100000"}
    groups("0::/a.slice/b.service\n", **files)
    assert machine.cores() == 2


def test_the_quota_of_a_neighbour_is_not_ours(groups: Groups) -> None:
    groups("0::/a.slice\n", **{"b.slice/cpu.max": "100000 100000"})
    assert machine.cores() == 8


def test_a_group_outside_of_what_the_container_sees_is_not_looked_for(groups: Groups, tmp_path: Path) -> None:
    (tmp_path / "cpu.max").write_text("100000 100000")
    groups("0::/../..\n", **{"cpu.max": "400000 100000"})
    assert machine.cores() == 4


@pytest.mark.parametrize("own", ["", "nonsense\n\n::\n", "5:cpuset:/\n"])
def test_without_groups_the_scheduler_says(groups: Groups, own: str) -> None:
    groups(own)
    assert machine.cores() == 8


def test_bytes_that_are_no_text_are_no_quota(groups: Groups, tmp_path: Path) -> None:
    groups("0::/\n", **{"cpu.max": "200000 100000"})
    (tmp_path / "mount/cpu.max").write_bytes(b"\xff\xfe\x00")
    assert machine.cores() == 8


def test_a_machine_that_has_no_control_groups(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(machine, "OWN_GROUPS", tmp_path / "none")
    assert machine.cores() == 8


def test_a_process_bound_to_one_core_has_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {3}, raising=False)
    assert machine.visible_cores() == machine.cores() == 1


def test_the_worker_of_films_has_threads_for_these_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    assert slots_for(machine.cores()).threads == roster.FILM_THREADS
