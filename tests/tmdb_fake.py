"""A TMDb of our own: real HTTP on loopback, with a switch for each way in which the real one lets people down."""

import io
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from PIL import Image

KEY = "a-key-of-our-own"
POSTER, BACKDROP, BROKEN = "/posterAAAAAAAAAA.jpg", "/backdropAAAAAAAA.jpg", "/brokenAAAAAAAAAA.jpg"


def movie(number: int, title: str, **more: Any) -> dict[str, Any]:
    """One film as TMDb lists it."""
    return {
        "id": number,
        "title": title,
        "original_title": title,
        "release_date": "2008-04-10",
        "overview": "A film.",
        "popularity": 10.5,
        "poster_path": POSTER,
        "backdrop_path": BACKDROP,
        "adult": False,
    } | more


def picture(width: int = 900, height: int = 1350, color: tuple[int, int, int] = (180, 40, 30)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), color).save(out, "JPEG")
    return out.getvalue()


@dataclass
class TmdbFake:
    """``mode``: ok, slow (answers after ``delay_s``), drip (a byte at a time), garbage, html, list, huge, error, limit,
    loop (redirects for ever), inside (redirects to ``inside_url``), hang_up."""

    movies: dict[int, dict[str, Any]] = field(default_factory=dict)
    pictures: dict[str, bytes] = field(default_factory=lambda: {POSTER: picture(), BACKDROP: picture(1600, 900)})
    mode: str = "ok"
    delay_s: float = 5.0
    inside_url: str = ""
    calls: list[str] = field(default_factory=list)
    url: str = ""
    stopping: threading.Event = field(default_factory=threading.Event)

    def answer(self, path: str, query: dict[str, list[str]]) -> tuple[int, str, bytes]:
        if path.startswith("/t/p/"):
            name = "/" + path.rsplit("/", 1)[1]
            found = self.pictures.get(name)
            return (200, "image/jpeg", found) if found is not None else (404, "text/plain", b"")
        if query.get("api_key") != [KEY]:
            return 401, "application/json", b'{"status_code":7}'
        return self.json_answer(path, query)

    def json_answer(self, path: str, query: dict[str, list[str]]) -> tuple[int, str, bytes]:
        body: Any = None
        if path == "/3/search/movie":
            words = query["query"][0].casefold()
            body = {"page": 1, "results": [m for m in self.movies.values() if words in str(m["title"]).casefold()]}
        elif path == "/3/configuration":
            body = {"images": {"secure_base_url": f"{self.url}/t/p/", "base_url": f"{self.url}/t/p/"}}
        elif path.startswith("/3/movie/"):
            found = self.movies.get(int(path.rsplit("/", 1)[1]))
            body = found and found | {"runtime": 10, "genres": [{"id": 1, "name": "Comedy"}]}
        if body is None:
            return 404, "application/json", b'{"status_code":34}'
        return 200, "application/json", json.dumps(body).encode()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    fake: TmdbFake

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        self.fake.calls.append(url.path)
        getattr(self, f"mode_{self.fake.mode}")(url.path, parse_qs(url.query))

    def reply(self, status: int, kind: str, body: bytes, **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def mode_ok(self, path: str, query: dict[str, list[str]]) -> None:
        self.reply(*self.fake.answer(path, query))

    def mode_slow(self, path: str, query: dict[str, list[str]]) -> None:
        self.fake.stopping.wait(self.fake.delay_s)
        self.mode_ok(path, query)

    def mode_drip(self, path: str, query: dict[str, list[str]]) -> None:
        body = self.fake.answer(path, query)[2]
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        for byte in body:
            if self.fake.stopping.wait(0.1):
                return
            self.wfile.write(bytes([byte]))

    def mode_drip_headers(self, path: str, query: dict[str, list[str]]) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        while not self.fake.stopping.wait(0.1):
            self.wfile.write(b"x")

    def mode_garbage(self, path: str, query: dict[str, list[str]]) -> None:
        self.reply(200, "application/json", b"\xff\xfe{not json" * 20)

    def mode_html(self, path: str, query: dict[str, list[str]]) -> None:
        self.reply(200, "text/html", b"<html>captive portal</html>")

    def mode_list(self, path: str, query: dict[str, list[str]]) -> None:
        self.reply(200, "application/json", b'[{"results": 3}]')

    def mode_deep(self, path: str, query: dict[str, list[str]]) -> None:
        self.reply(200, "application/json", b"[" * 200_000)

    def mode_huge(self, path: str, query: dict[str, list[str]]) -> None:
        self.send_response(200)
        self.end_headers()
        while not self.fake.stopping.is_set():
            self.wfile.write(b"x" * 65_536)

    def mode_error(self, path: str, query: dict[str, list[str]]) -> None:
        self.reply(503, "text/plain", b"down")

    def mode_limit(self, path: str, query: dict[str, list[str]]) -> None:
        self.reply(429, "application/json", b"{}", Retry_After="7")

    def mode_loop(self, path: str, query: dict[str, list[str]]) -> None:
        self.reply(302, "text/plain", b"", Location=self.path)

    def mode_inside(self, path: str, query: dict[str, list[str]]) -> None:
        self.reply(302, "text/plain", b"", Location=self.fake.inside_url)

    def mode_hang_up(self, path: str, query: dict[str, list[str]]) -> None:
        self.close_connection = True

    def log_message(self, *args: Any) -> None:
        """Quiet."""

    def handle(self) -> None:
        try:
            super().handle()
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def finish(self) -> None:
        try:
            super().finish()
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True


@contextmanager
def tmdb_fake(**given: Any) -> Iterator[TmdbFake]:
    """A running fake; ``fake.url + "/3"`` is the base address of its API."""
    fake = TmdbFake(**given)
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"fake": fake}))
    server.daemon_threads = True
    fake.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield fake
    finally:
        fake.stopping.set()
        server.shutdown()
        server.server_close()
        thread.join(5)
