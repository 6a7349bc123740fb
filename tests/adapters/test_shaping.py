"""The slow line that other tests play films over: it is never faster than it says, and everybody gets a share."""

import socket
import socketserver
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from tests.shaping import BURST_BYTES, MTU_BYTES, PAYLOAD_BYTES, RETRANSMIT_MIN_S, Path, SlowLine

BODY_BYTES = 100_000
RATE_BPS = 2_000_000
START_LIMIT_S = 30


class Together:
    """Two bodies that the server begins at the same moment, however late either was asked for."""

    def __init__(self) -> None:
        self.start = threading.Barrier(2, action=self._note)
        self.began = 0.0

    def _note(self) -> None:
        self.began = time.monotonic()


TOGETHER = Together()


class Body(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path.startswith("/together"):
            TOGETHER.start.wait(START_LIMIT_S)
        self.send_response(200)
        self.send_header("Content-Length", str(BODY_BYTES))
        self.end_headers()
        self.wfile.write(bytes(BODY_BYTES))

    def log_message(self, *args: object) -> None:
        """Silence."""


@pytest.fixture
def line() -> Iterator[SlowLine]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Body)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    with SlowLine(server.server_address[1]) as opened:
        yield opened
    server.shutdown()
    server.server_close()


def fetch(line: SlowLine, path: str) -> float:
    """The moment the last byte came."""
    assert len(httpx.get(f"{line.url}/{path}", timeout=START_LIMIT_S).content) == BODY_BYTES
    return time.monotonic()


def shortest_s(size_bytes: int, rate_bps: int = RATE_BPS) -> float:
    """Less than this such a line cannot take, burst included."""
    on_the_wire = size_bytes * MTU_BYTES / PAYLOAD_BYTES
    return (on_the_wire - BURST_BYTES) * 8 / rate_bps


def test_no_transfer_is_faster_than_the_line(line: SlowLine) -> None:
    line.rate_bps = RATE_BPS
    began = time.monotonic()
    assert fetch(line, "one") - began >= shortest_s(BODY_BYTES)


def test_two_transfers_share_the_line(line: SlowLine) -> None:
    line.rate_bps = RATE_BPS // 2
    with ThreadPoolExecutor(2) as both:
        first, last = sorted(both.map(lambda path: fetch(line, path), ["together/one", "together/two"]))
    assert last - TOGETHER.began >= shortest_s(2 * BODY_BYTES, line.rate_bps)
    assert first - TOGETHER.began >= shortest_s(BODY_BYTES, line.rate_bps) * 1.5, "neither waits for the other's end"


def test_a_line_may_change_its_rate_and_knows_what_was_asked(line: SlowLine) -> None:
    line.rate_bps = 1_000
    with ThreadPoolExecutor(1) as one:
        slow = one.submit(fetch, line, "slow")
        moment = time.monotonic()
        line.rate_bps = 0
        slow.result(30)
    fetch(line, "fast?x=1")
    assert line.paths_since(moment)[-1] == "/fast?x=1"


class Echo(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        while line := self.rfile.readline():
            self.wfile.write(line)


@pytest.fixture
def talk() -> Iterator[Callable[[Path, int], list[float]]]:
    """Says a number of lines one after the other over a path, and returns how long each answer took, in seconds."""
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Echo)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()

    def say(path: Path, lines: int) -> list[float]:
        taken = []
        with (
            SlowLine(server.server_address[1], path=path, seed=1) as line,
            socket.create_connection(("127.0.0.1", line.port), timeout=START_LIMIT_S) as connection,
            connection.makefile("rwb") as stream,
        ):
            for number in range(lines):
                began = time.monotonic()
                stream.write(b"%d\n" % number)
                stream.flush()
                assert int(stream.readline()) == number
                taken.append(time.monotonic() - began)
        return taken

    yield say
    server.shutdown()
    server.server_close()


def test_a_long_path_takes_its_time_each_way(talk: Callable[[Path, int], list[float]]) -> None:
    taken = talk(Path(delay_s=0.04, jitter_s=0.01), 40)
    assert min(taken) >= 0.06
    assert 0.07 <= statistics.median(taken) <= 0.12


def test_a_lost_packet_comes_a_retransmission_later(talk: Callable[[Path, int], list[float]]) -> None:
    taken = talk(Path(delay_s=0.01, loss=0.2), 40)
    late = [one for one in taken if one > RETRANSMIT_MIN_S]
    assert 4 <= len(late) <= 30
    assert min(taken) < RETRANSMIT_MIN_S


def test_what_is_sent_arrives_in_order(line: SlowLine) -> None:
    line.path = Path(delay_s=0.01, jitter_s=0.01, loss=0.02)
    fetch(line, "ordered")
