"""The outgoing client against real sockets: it goes to public addresses only, and never for long or for much."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from apps.common.errors import Unavailable
from apps.common.guard import Refused, is_public
from apps.common.http import fetch
from tests.tmdb_fake import TmdbFake, tmdb_fake

CAPS = {"max_bytes": 100_000, "max_seconds": 1.5}


@pytest.fixture
def fake(settings) -> Iterator[TmdbFake]:
    settings.ALLOW_PRIVATE_ADDRESSES = True
    with tmdb_fake() as running:
        yield running


def test_an_answer_comes_back_whole(fake: TmdbFake) -> None:
    answer = fetch(f"{fake.url}/t/p/w780/posterAAAAAAAAAA.jpg", **CAPS)
    assert (answer.status, answer.content_type) == (200, "image/jpeg")
    assert answer.body == next(iter(fake.pictures.values()))


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://localhost:1/",
        "http://[::1]/",
        "http://0.0.0.0/",
        "http://[::ffff:127.0.0.1]/",
        "http://10.1.2.3/",
        "http://192.168.1.1/",
        "http://169.254.169.254/latest/meta-data",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://100.64.0.1/",
        "http://[fe80::1]/",
        "http://[fd00::1]/",
        "http://[64:ff9b::7f00:1]/",
    ],
)
def test_private_addresses_are_refused(url: str) -> None:
    with pytest.raises(Refused):
        fetch(url, **CAPS)


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://example.org/x", "gopher://example.org/"])
def test_other_schemes_are_refused(url: str) -> None:
    with pytest.raises(Refused):
        fetch(url, **CAPS)


@contextmanager
def resolving(monkeypatch: pytest.MonkeyPatch, answers: dict[str, list[str]]) -> Iterator[None]:
    """Names that the test owns; the n-th lookup of a name gives its n-th address (the last one repeats)."""
    real, asked = socket.getaddrinfo, dict.fromkeys(answers, 0)

    def lookup(host: str, port: int, *args: object, **kwargs: object) -> list:
        if host not in answers:
            return real(host, port, *args, **kwargs)
        address = answers[host][min(asked[host], len(answers[host]) - 1)]
        asked[host] += 1
        return real(address, port, *args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", lookup)
        yield


def test_a_name_that_leads_inside_is_refused_even_if_it_was_public_a_moment_ago(monkeypatch, settings) -> None:
    """Rebinding: whatever was checked before, the address that the socket opens to is what counts."""
    settings.ALLOW_PRIVATE_ADDRESSES = False
    with tmdb_fake() as inside, resolving(monkeypatch, {"rebind.example": ["203.0.113.1", "127.0.0.1"]}):
        port = inside.url.rsplit(":", 1)[1]
        for _ in range(2):
            with pytest.raises(Unavailable):
                fetch(f"http://rebind.example:{port}/3/configuration", max_bytes=1000, max_seconds=0.5)
        assert inside.calls == []


def test_every_redirect_is_checked_again(fake: TmdbFake, settings, monkeypatch) -> None:
    """The first host is let through by name, the redirect leads to a private address and must not."""
    from apps.common import guard

    settings.ALLOW_PRIVATE_ADDRESSES = False
    fake.mode = "inside"
    front = fake.url.rsplit(":", 1)[1]
    with tmdb_fake() as inside:
        fake.inside_url = f"http://127.0.0.2:{inside.url.rsplit(':', 1)[1]}/secret"
        real = is_public
        monkeypatch.setattr(guard, "is_public", lambda address: address == "127.0.0.1" or real(address))
        with pytest.raises(Refused):
            fetch(f"http://127.0.0.1:{front}/", **CAPS)
        assert inside.calls == []


def test_redirects_in_circles_end(fake: TmdbFake) -> None:
    fake.mode = "loop"
    with pytest.raises(Unavailable, match="circles"):
        fetch(f"{fake.url}/x", **CAPS)
    assert len(fake.calls) == 4


def test_a_redirect_to_another_scheme_is_refused(fake: TmdbFake) -> None:
    fake.mode, fake.inside_url = "inside", "file:///etc/passwd"
    with pytest.raises(Unavailable):
        fetch(f"{fake.url}/x", **CAPS)


@pytest.mark.parametrize("mode", ["slow", "drip", "drip_headers"])
def test_slow_answers_end_at_the_cap_in_seconds(fake: TmdbFake, mode: str) -> None:
    fake.mode = mode
    began = time.monotonic()
    with pytest.raises(Unavailable):
        fetch(f"{fake.url}/t/p/w780/posterAAAAAAAAAA.jpg", **CAPS)
    assert time.monotonic() - began < 2.5


def test_endless_answers_end_at_the_cap_in_bytes(fake: TmdbFake) -> None:
    fake.mode = "huge"
    with pytest.raises(Unavailable, match="bytes"):
        fetch(f"{fake.url}/x", **CAPS)


@pytest.mark.parametrize("mode", ["error", "hang_up"])
def test_a_passing_fault_is_tried_once_more(fake: TmdbFake, mode: str) -> None:
    fake.mode = mode
    if mode == "error":
        assert fetch(f"{fake.url}/x", **CAPS).status == 503
    else:
        with pytest.raises(Unavailable):
            fetch(f"{fake.url}/x", **CAPS)
    assert len(fake.calls) == 2


def test_a_closed_port_is_unavailable_and_says_where(settings) -> None:
    settings.ALLOW_PRIVATE_ADDRESSES = True
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with pytest.raises(Unavailable, match=r"127\.0\.0\.1"):
        fetch(f"http://127.0.0.1:{port}/", **CAPS)


def test_many_fetches_leave_no_socket_open(fake: TmdbFake) -> None:
    threads = [threading.Thread(target=lambda: fetch(f"{fake.url}/x", **CAPS)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(fake.calls) == 8


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700:4700::1111", "2002:0808:0808::1"])
def test_public_addresses_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address", ["224.0.0.1", "255.255.255.255", "2002:7f00:0001::1", "::", "198.18.0.1", "240.0.0.1"]
)
def test_special_addresses_are_not(address: str) -> None:
    assert not is_public(address)
