"""Thousands of viewers in one process, cheap enough not to be what is measured: raw sockets, epoll, headers counted.

Every tenth viewer reads what it gets and notes how long it took; of the others only the frames are counted.
"""

import os
import select
import socket
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench.fanout_dialects import Dialect, Seat
from tests.bench.streaming_table import percentile

SAMPLE_EVERY = 10
OPENING_AT_ONCE = 64
OPENING_LIMIT_S = 90
DRAIN_S = 0.5
HELD_SHARE = 0.97
P99_MS = 100.0


@dataclass(frozen=True)
class Step:
    """One rate, held or not. ``load_share``: how busy this process was; near 1 it was the limit, not the server."""

    due_per_s: float
    delivered_per_s: float
    p95_ms: float
    p99_ms: float
    cpu_us: float
    load_share: float
    refused: int

    @property
    def is_held(self) -> bool:
        return self.delivered_per_s >= HELD_SHARE * self.due_per_s and self.p99_ms <= P99_MS and not self.refused


@dataclass
class Viewer:
    seat: Seat
    socket: socket.socket
    is_sample: bool
    pending: bytes = b""
    is_seated: bool = False
    heard: dict[bytes, int] = field(default_factory=lambda: defaultdict(int))


class Crowd:
    """All viewers of one server. ``pid``: whose CPU time is counted."""

    def __init__(self, dialect: Dialect, port: int, pid: int) -> None:
        self.dialect, self.port, self.pid = dialect, port, pid
        self.viewers: dict[int, Viewer] = {}
        self.stuck: list[Viewer] = []
        self.beside: Callable[[int], bytes] = lambda _: b""  # what is said with each broadcast that is counted
        self.epoll = select.epoll()
        self.said: dict[bytes, list[float]] = defaultdict(list)
        self.latencies_s: list[float] = []
        self.delivered = self.refused = self.closed = self.seated = 0

    # --- coming and going ---
    def open(self, seats: Sequence[Seat]) -> float:
        """Seat everybody; viewers per second."""
        began = time.monotonic()
        waiting = list(reversed(seats))
        goal = self.seated + len(seats)
        while self.seated < goal:
            assert time.monotonic() - began < OPENING_LIMIT_S, f"only {self.seated} of {goal} viewers were let in"
            assert not self.closed, f"the server closed {self.closed} connections"
            while waiting and len(self.viewers) - self.seated < OPENING_AT_ONCE:
                self._connect(waiting.pop())
            self._hear(0.05)
        return len(seats) / (time.monotonic() - began)

    def _connect(self, seat: Seat) -> None:
        line = socket.create_connection(("127.0.0.1", self.port), 10)
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        line.sendall(self.dialect.greeting(seat))
        line.setblocking(False)
        self.viewers[line.fileno()] = Viewer(seat, line, len(self.viewers) % SAMPLE_EVERY == 0)
        self.epoll.register(line.fileno(), select.EPOLLIN)

    def close(self) -> None:
        for viewer in [*self.viewers.values(), *self.stuck]:
            viewer.socket.close()
        self.viewers.clear()
        self.epoll.close()

    def stick(self, count: int) -> None:
        """The last ``count`` viewers read nothing any more."""
        for number in list(self.viewers)[len(self.viewers) - count :]:
            self.epoll.unregister(number)
            self.stuck.append(self.viewers.pop(number))

    def cut_off(self) -> int:
        """How many of the stuck the server has given up."""
        return sum(_is_cut_off(viewer.socket) for viewer in self.stuck)

    def rest(self, seconds: float) -> None:
        """Hear whatever comes, answer pings."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self._hear(left)

    # --- one rate ---
    def step(self, deliveries_per_s: float, per_broadcast: int, seconds: float) -> Step:
        speakers = sorted(self.viewers.values(), key=lambda viewer: viewer.seat.turn)
        self._forget()
        interval = per_broadcast / deliveries_per_s
        began, cpu, own = time.monotonic(), cpu_s(self.pid), time.process_time()
        count, until = 0, began + seconds
        while (now := time.monotonic()) < until:
            if now < began + count * interval:
                self._hear(min(until, began + count * interval) - now)
            elif not self._say(speakers[count % len(speakers)], count):
                break
            else:
                count += 1
                self._hear(0)
        due = count * per_broadcast
        took = time.monotonic() - began
        load_share = (time.process_time() - own) / took
        self._drain(due)
        spent = cpu_s(self.pid) - cpu
        return Step(
            due_per_s=max(due / took, deliveries_per_s),
            delivered_per_s=self.delivered / took,
            p95_ms=self._late_ms(0.95),
            p99_ms=self._late_ms(0.99),
            cpu_us=1e6 * spent / self.delivered if self.delivered else float("inf"),
            load_share=load_share,
            refused=self.refused + self.closed,
        )

    def _late_ms(self, share: float) -> float:
        return 1000 * percentile(self.latencies_s, share) if self.latencies_s else float("inf")

    def _forget(self) -> None:
        self.rest(0.2)
        self.said.clear()
        self.latencies_s = []
        self.delivered = self.refused = 0
        for viewer in self.viewers.values():
            viewer.heard.clear()

    def _say(self, viewer: Viewer, count: int) -> bool:
        """False when the server does not even read any more."""
        self.said[viewer.seat.name].append(time.monotonic())
        try:
            viewer.socket.send(self.dialect.say(viewer.seat) + self.beside(count))
        except BlockingIOError:
            return False
        return True

    def _drain(self, due: int) -> None:
        until = time.monotonic() + DRAIN_S
        while self.delivered < due and (left := until - time.monotonic()) > 0:
            self._hear(left)

    # --- hearing ---
    def _hear(self, limit_s: float) -> None:
        for number, _ in self.epoll.poll(limit_s):
            viewer = self.viewers[number]
            try:
                data = viewer.socket.recv(65_536)
            except OSError:
                data = b""
            if data:
                self._take(viewer, data)
            else:
                self.closed += 1
                self.epoll.unregister(number)

    def _take(self, viewer: Viewer, data: bytes) -> None:
        size, head = self.dialect.delivery_bytes, self.dialect.delivery_head
        count, rest = divmod(len(data), size)
        plain = not rest and not viewer.pending and viewer.is_seated
        if plain and all(data[at::size].count(head[at]) == count for at in range(len(head))):
            self.delivered += count
            if viewer.is_sample:
                self._note(viewer, [data[at : at + size] for at in range(0, len(data), size)])
        else:
            self._take_slowly(viewer, data)

    def _take_slowly(self, viewer: Viewer, data: bytes) -> None:
        if not viewer.is_seated:
            viewer.pending += data
            answer, viewer.pending, viewer.is_seated = self.dialect.seat(viewer.seat, viewer.pending)
            if answer:
                viewer.socket.send(answer)
            if not viewer.is_seated:
                return
            self.seated += 1
            data = b""
        found = self.dialect.read(viewer.pending + data)
        viewer.pending = found.rest
        self.delivered += len(found.deliveries)
        self.refused += found.refused
        if viewer.is_sample:
            self._note(viewer, found.deliveries)
        for answer in found.answers:
            viewer.socket.send(answer)

    def _note(self, viewer: Viewer, deliveries: list[bytes]) -> None:
        now = time.monotonic()
        for delivery in deliveries:
            name = self.dialect.speaker(delivery)
            times, number = self.said.get(name, []), viewer.heard[name]
            viewer.heard[name] = number + 1
            if number < len(times):
                self.latencies_s.append(now - times[number])


def _is_cut_off(line: socket.socket) -> bool:
    try:
        while line.recv(65_536):
            pass
    except BlockingIOError:
        return False
    except OSError:
        pass
    return True


def cpu_s(pid: int) -> float:
    """User and system time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_kib(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1024


@contextmanager
def crowd(dialect: Dialect, port: int, pid: int) -> Iterator[Crowd]:
    found = Crowd(dialect, port, pid)
    try:
        yield found
    finally:
        found.close()
