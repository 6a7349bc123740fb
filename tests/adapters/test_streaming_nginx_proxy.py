"""docker/nginx.conf behind another proxy: whose address counts."""

import http.client
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from tests.nginx_server import nginx_server
from tests.rooms_servers import running


class Echo(BaseHTTPRequestHandler):
    """An application that says whom it was told of."""

    def do_GET(self) -> None:
        body = (self.headers["X-Forwarded-For"] or "").encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def app_port() -> Iterator[int]:
    server = HTTPServer(("127.0.0.1", 0), Echo)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize(
    ("trusted_proxy", "said", "told"),
    [
        ("192.0.2.1", "203.0.113.7", "127.0.0.1"),
        ("127.0.0.0/8", "203.0.113.7", "203.0.113.7"),
        ("127.0.0.1", "198.51.100.1, 203.0.113.7", "203.0.113.7"),
        ("127.0.0.1", "nobody", "127.0.0.1"),
    ],
)
def test_only_the_trusted_proxy_says_who_somebody_is(tmp_path: Path, app_port, trusted_proxy, said, told):
    with running(nginx_server(tmp_path, app_port=app_port, trusted_proxy=trusted_proxy)) as (own,):
        connection = http.client.HTTPConnection("127.0.0.1", own.port, timeout=10)
        connection.request("GET", "/", headers={"X-Forwarded-For": said})
        answer = connection.getresponse().read().decode()
        connection.close()
    assert answer == told
