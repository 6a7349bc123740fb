"""What the kernel says of a program: one that sleeps, one that spins, one that reads, one that is gone."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from apps.streaming.adapters import process
from apps.streaming.adapters.vitals import vitals

SPIN = "while True: pass"
SLEEP = "import time; time.sleep(600)"
READ = "while True: open('/dev/zero', 'rb').read(1000000)"


@contextmanager
def running(program: str, folder: Path, niceness: int = 0) -> Iterator[subprocess.Popen[bytes]]:
    child = process.start([sys.executable, "-c", program], cwd=folder, niceness=niceness)
    try:
        time.sleep(1.0)  # past its own start
        yield child
    finally:
        process.end(child)


@pytest.mark.parametrize(
    ("program", "is_held", "works", "reads"),
    [(SLEEP, False, False, False), (SPIN, True, True, False), (READ, True, True, True)],
)
def test_what_a_program_does_is_seen(tmp_path, program, is_held, works, reads):
    with running(program, tmp_path) as child:
        before = vitals(child.pid)
        time.sleep(0.5)
        after = vitals(child.pid)
    assert before is not None
    assert after is not None
    assert after.is_held == is_held
    assert (after.cpu_s > before.cpu_s) == works
    assert (after.read_bytes > before.read_bytes) == reads


def test_nothing_is_known_of_a_program_that_is_gone(tmp_path):
    with running(SLEEP, tmp_path) as child:
        pass
    assert vitals(child.pid) is None


def test_what_people_wait_for_has_the_cores_before_what_is_made_ahead(tmp_path):
    """Two programs on one core: niceness must count between programs that were started here."""
    pin = "import os; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})\n"
    with running(pin + SPIN, tmp_path) as urgent, running(pin + SPIN, tmp_path, niceness=19) as ahead:
        before = [vitals(child.pid) for child in (urgent, ahead)]
        time.sleep(2.0)
        after = [vitals(child.pid) for child in (urgent, ahead)]
    spent = [late.cpu_s - early.cpu_s for early, late in zip(before, after, strict=True) if early and late]
    assert len(spent) == 2
    assert spent[0] > 4 * spent[1], "niceness does not count between them"
