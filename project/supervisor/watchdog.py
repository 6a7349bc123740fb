"""Ends every process of a run when its supervisor is gone, however it went.

Standard library only; started as a plain script. Standard input is a pipe from the supervisor with one line a process
group: `run PGID SIGNAL ORDER` and `gone PGID`. A closed pipe without `bye` means the supervisor was killed: groups are
asked politely in ascending ORDER (servers come last), then killed; strays of the run are found by their environment.
"""

import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

POLITE_S = {0: 4.0, 1: 10.0}  # processes of ours; then the servers, which may have to write a checkpoint
PROC = Path("/proc")


def processes() -> Iterator[tuple[int, int, str]]:
    """(pid, process group, state) of every process; Linux only."""
    for entry in PROC.iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            yield int(entry.name), int(fields[2]), fields[0]


def is_alive(group: int) -> bool:
    if PROC.is_dir():
        return any(pgid == group and state not in "ZX" for _, pgid, state in processes())
    try:
        os.killpg(group, 0)
    except OSError:
        return False
    return True


def signal_group(group: int, number: int) -> None:
    try:
        os.killpg(group, number)
    except OSError:
        return


def end_groups(groups: dict[int, tuple[int, int]]) -> None:
    for order in sorted({order for _, order in groups.values()}):
        chosen = {group: number for group, (number, its_order) in groups.items() if its_order == order}
        for group, number in chosen.items():
            signal_group(group, number)
        deadline = time.monotonic() + POLITE_S.get(order, 4.0)
        while time.monotonic() < deadline and any(is_alive(group) for group in chosen):
            time.sleep(0.05)
        for group in chosen:
            signal_group(group, signal.SIGKILL)


def strays(mark: bytes) -> list[int]:
    """Processes whose environment carries ``mark`` (NAME=value), apart from this one. Linux only."""
    found = []
    for pid, _, state in processes() if PROC.is_dir() else ():
        try:
            environment = (PROC / str(pid) / "environ").read_bytes()
        except OSError:
            continue
        if state not in "ZX" and pid != os.getpid() and mark in environment.split(b"\0"):
            found.append(pid)
    return found


def end_strays(mark: bytes) -> None:
    for _ in range(3):  # a stray may be starting another one while it is killed
        pids = strays(mark)
        for pid in pids:
            try:
                os.kill(pid, signal.SIGKILL)
            except OSError:
                continue
        if not pids:
            return
        time.sleep(0.05)


def watch(mark: bytes) -> None:
    groups: dict[int, tuple[int, int]] = {}
    for line in sys.stdin:
        word, *numbers = line.split()
        if word == "bye":
            return
        if word == "run":
            groups[int(numbers[0])] = (int(numbers[1]), int(numbers[2]))
        elif word == "gone":
            groups.pop(int(numbers[0]), None)
    end_groups(groups)
    end_strays(mark)


def main() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    watch(sys.argv[1].encode())


if __name__ == "__main__":
    main()
