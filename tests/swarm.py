"""A swarm on this machine: a small tracker, and seeders that are real libtorrent sessions in processes of their own.

``python -m tests.swarm PATH TORRENT RATE PORT`` is one seeder; it tells what it uploaded for each line it reads.
"""

import subprocess
import sys
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import parse_qs, urlsplit

from apps.torrents.adapters.sharing import make_torrent
from apps.torrents.domain.bencode import encode

__all__ = ["Seeder", "make_torrent", "tracker"]

ROOT = Path(__file__).resolve().parent.parent
LOOPBACK_BYTES = bytes([127, 0, 0, 1])
STOP_LIMIT_S = 15
ANNOUNCE_EVERY_S = 5


class _Tracker(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Announce)
        self.ports: defaultdict[bytes, set[int]] = defaultdict(set)
        self.announces = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/announce"


class _Announce(BaseHTTPRequestHandler):
    """BEP 3 with compact answers (BEP 23): everybody hears of everybody else, all on 127.0.0.1."""

    server: _Tracker

    def do_GET(self) -> None:
        query = parse_qs(urlsplit(self.path).query, encoding="latin-1")
        info_hash, port = query["info_hash"][0].encode("latin-1"), int(query["port"][0])
        ports = self.server.ports[info_hash]
        self.server.announces += 1
        others = b"".join(LOOPBACK_BYTES + other.to_bytes(2, "big") for other in sorted(ports - {port}))
        is_leaving = query.get("event") == ["stopped"]
        (ports.discard if is_leaving else ports.add)(port)
        body = encode({b"interval": ANNOUNCE_EVERY_S, b"min interval": ANNOUNCE_EVERY_S, b"peers": others})
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Silence: one line per announce helps nobody."""


@contextmanager
def running_tracker() -> Iterator[_Tracker]:
    server = _Tracker()
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join(STOP_LIMIT_S)


@contextmanager
def tracker() -> Iterator[str]:
    """The announce address of a tracker that lives as long as the block."""
    with running_tracker() as server:
        yield server.url


class Seeder:
    """One seeder on 127.0.0.1 in its own process; ``rate_bytes`` limits its upload per second, 0 does not."""

    def __init__(self, path: Path, torrent: bytes, *, rate_bytes: int = 0, port: int = 0) -> None:
        self.torrent_file = path.with_name(f"{path.name}.seeded.torrent")
        self.torrent_file.write_bytes(torrent)
        command = [sys.executable, "-m", "tests.swarm", str(path), str(self.torrent_file), str(rate_bytes), str(port)]
        self.process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )
        self.port = self._answer()

    def uploaded_bytes(self) -> int:
        """Payload given away since it started."""
        assert self.process.stdin is not None
        self.process.stdin.write("uploaded\n")
        return self._answer()

    def _answer(self) -> int:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, "the seeder ended"
        return int(line)

    def stop(self) -> None:
        if self.process.stdin is not None:
            self.process.stdin.close()
        try:
            self.process.wait(STOP_LIMIT_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()
        self.torrent_file.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def seed(path: Path, torrent_file: Path, rate_bytes: int, port: int) -> None:
    from apps.torrents.adapters.engine import Seeder as Session

    session = Session(path, torrent_file.read_bytes(), port=port, bytes_per_s=rate_bytes)
    print(session.port, flush=True)
    for _ in sys.stdin:
        print(session.uploaded_bytes, flush=True)


if __name__ == "__main__":
    seed(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
