"""Bodies of any length at a real daphne: what is too large is refused, and what does not end is cut off."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from apps.movie_requests.api.serializers import TORRENT_FILE_MAX
from project.body_limit import BODY_MAX_BYTES, THROWN_AWAY_MAX_BYTES
from tests.product import ROOT, free_port, wait_for

CHUNK = b"x" * 65_536
FORM = {"Content-Type": "multipart/form-data; boundary=b"}


@pytest.fixture(scope="module")
def daphne() -> Iterator[tuple[str, int]]:
    """The address of the web server, and its process id."""
    port = free_port()
    command = [sys.executable, "-m", "daphne", "-b", "127.0.0.1", "-p", str(port), "project.asgi:application"]
    with subprocess.Popen(command, cwd=ROOT, env=os.environ, stderr=subprocess.DEVNULL) as process:
        url = f"http://127.0.0.1:{port}"
        wait_for("daphne", lambda: httpx.get(f"{url}/livez").status_code == 200, limit_s=60)
        yield f"{url}/api/v1/requests", process.pid
        process.kill()  # it has nothing to put in order


def chunks(total_bytes: int) -> Iterator[bytes]:
    for _ in range(total_bytes // len(CHUNK)):
        yield CHUNK


def memory_bytes(pid: int) -> int:
    """The most that the process ever held."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))


def assert_refused(answer: httpx.Response) -> None:
    assert answer.status_code == 413
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "too_large"


def test_the_largest_upload_fits() -> None:
    assert BODY_MAX_BYTES > TORRENT_FILE_MAX


def test_a_body_within_the_limit_comes_to_the_application(daphne) -> None:
    url, _ = daphne
    files = {"torrent": ("a.torrent", b"x" * TORRENT_FILE_MAX)}
    assert httpx.post(url, files=files, timeout=30).status_code == 401
    assert httpx.post(url, content=chunks(1_048_576), headers=FORM, timeout=30).status_code == 401


def test_a_body_that_announces_too_much_is_refused(daphne) -> None:
    url, _ = daphne
    with httpx.Client(timeout=30) as client:
        assert_refused(client.post(url, content=b"x" * (BODY_MAX_BYTES + 1), headers=FORM))
        assert client.get(url).status_code == 401  # on the same connection


def test_a_chunked_body_that_grows_too_large_is_refused(daphne) -> None:
    url, _ = daphne
    assert_refused(httpx.post(url, content=chunks(BODY_MAX_BYTES + len(CHUNK)), headers=FORM, timeout=30))


@pytest.mark.parametrize("announced", [{}, {"Content-Length": "10000000000"}])
def test_a_body_that_does_not_end_is_cut_off_and_kept_nowhere(daphne, announced: dict[str, str]) -> None:
    url, pid = daphne
    before = memory_bytes(pid)
    sent = 0

    def endless() -> Iterator[bytes]:
        nonlocal sent
        while sent < 4 * THROWN_AWAY_MAX_BYTES:
            sent += len(CHUNK)
            yield CHUNK

    with pytest.raises(httpx.TransportError):
        httpx.post(url, content=endless(), headers=FORM | announced, timeout=30)
    assert THROWN_AWAY_MAX_BYTES <= sent < 2 * THROWN_AWAY_MAX_BYTES
    assert memory_bytes(pid) - before < 2 * BODY_MAX_BYTES
