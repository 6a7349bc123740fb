"""Traps for whatever a hostile file makes a program reach for: listeners that count who comes, a file that notices
when it is opened."""

import ctypes
import os
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

IN_OPEN, IN_ISDIR = 0x20, 0x40000000
EVENT = struct.Struct("iIII")  # watch, mask, cookie, length of the name that follows
POLL_S = 0.2


@dataclass
class Canaries:
    """Addresses to put into crafted files, and what came of it."""

    tcp_port: int
    udp_port: int
    secret: Path  # a film outside of every folder that a worker may read
    visits: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.tcp_port}/secret.mp4"


@contextmanager
def canaries(folder: Path, film: bytes) -> Iterator[Canaries]:
    secret = folder / "secret" / "secret.mp4"
    secret.parent.mkdir()
    secret.write_bytes(film)
    with socket.create_server(("127.0.0.1", 0)) as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp:
        udp.bind(("127.0.0.1", 0))
        birds = Canaries(tcp.getsockname()[1], udp.getsockname()[1], secret)
        watch = _watch(secret.parent)
        over = threading.Event()
        threads = [
            threading.Thread(target=_answer, args=(tcp, birds, over)),
            threading.Thread(target=_listen, args=(udp, birds, over)),
        ]
        for thread in threads:
            thread.start()
        try:
            yield birds
        finally:
            over.set()
            for thread in threads:
                thread.join()
            birds.visits += _opened(watch)
            os.close(watch)


def _answer(tcp: socket.socket, birds: Canaries, over: threading.Event) -> None:
    tcp.settimeout(POLL_S)
    while not over.is_set():
        try:
            connection, _ = tcp.accept()
        except TimeoutError:
            continue
        with connection:
            connection.settimeout(1)
            birds.visits.append(f"tcp: {connection.recv(200)!r}")


def _listen(udp: socket.socket, birds: Canaries, over: threading.Event) -> None:
    udp.settimeout(POLL_S)
    while not over.is_set():
        try:
            birds.visits.append(f"udp: {udp.recv(200)!r}")
        except TimeoutError:
            continue


def _watch(folder: Path) -> int:
    libc = ctypes.CDLL(None)
    watch = int(libc.inotify_init1(os.O_NONBLOCK))
    assert watch >= 0
    assert libc.inotify_add_watch(watch, os.fsencode(folder), IN_OPEN) >= 0
    return watch


def _opened(watch: int) -> list[str]:
    try:
        data = os.read(watch, 65_536)
    except BlockingIOError:
        return []
    found, at = [], 0
    while at < len(data):
        _, mask, _, length = EVENT.unpack_from(data, at)
        at += EVENT.size + length
        if not mask & IN_ISDIR:  # the test lists the folder itself
            found.append("the secret film was opened")
    return found
