"""What a viewer of each server says and hears. All speak of the same 60 bytes: somebody's name, to all of a room."""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

TEXT, CLOSE, PING = 1, 8, 9
SPEAKS = '{"t":"typing","id":"%s"}'
NAME_LENGTH = 36


@dataclass(frozen=True)
class Seat:
    """``name``: 36 characters. ``turn``: when it speaks; neighbours in turn sit in different rooms."""

    room: str
    name: bytes
    turn: int
    ticket: str = ""


@dataclass
class Heard:
    rest: bytes
    deliveries: list[bytes] = field(default_factory=list)
    answers: list[bytes] = field(default_factory=list)
    refused: int = 0


class Dialect(Protocol):
    """``delivery_bytes`` and ``delivery_head``: how long each delivery is, and how it begins."""

    delivery_bytes: int
    delivery_head: bytes

    def greeting(self, seat: Seat) -> bytes: ...

    def seat(self, seat: Seat, data: bytes) -> tuple[bytes, bytes, bool]:
        """(answer, what is left of ``data``, whether the viewer has its place)."""
        ...

    def say(self, seat: Seat) -> bytes: ...

    def read(self, data: bytes) -> Heard: ...

    def speaker(self, delivery: bytes) -> bytes: ...


def client_frame(payload: bytes, opcode: int = TEXT) -> bytes:
    """A client's frame; masked with zeros, which costs nobody anything."""
    size = len(payload)
    length = bytes((0x80 | size,)) if size < 126 else bytes((0x80 | 126,)) + size.to_bytes(2, "big")
    return bytes((0x80 | opcode,)) + length + bytes(4) + payload


class OverWebSocket:
    """``path`` and ``protocols`` of the handshake; after ``hello``, if there is one, the viewer waits for an answer."""

    def __init__(
        self,
        host: str,
        path: Callable[[Seat], str],
        say: Callable[[Seat], str],
        *,
        protocols: Callable[[Seat], str] = lambda _: "",
        hello: Callable[[Seat], str] = lambda _: "",
    ) -> None:
        self.host, self.path, self.protocols, self.hello, self.text = host, path, protocols, hello, say
        payload = (SPEAKS % ("x" * NAME_LENGTH)).encode()
        self.delivery_head = bytes((0x81, len(payload)))
        self.delivery_bytes = len(self.delivery_head) + len(payload)
        self.name_at = payload.index(b"xxx")

    def greeting(self, seat: Seat) -> bytes:
        lines = [
            f"GET {self.path(seat)} HTTP/1.1", f"Host: {self.host}", f"Origin: http://{self.host}",
            "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13",
            f"Sec-WebSocket-Key: {base64.b64encode(seat.name[:16]).decode()}",
        ]  # fmt: skip
        if self.protocols(seat):
            lines.append(f"Sec-WebSocket-Protocol: {self.protocols(seat)}")
        return "\r\n".join([*lines, "", ""]).encode()

    def seat(self, seat: Seat, data: bytes) -> tuple[bytes, bytes, bool]:
        if data.startswith(b"HTTP/"):
            head, end, rest = data.partition(b"\r\n\r\n")
            if not end:
                return b"", data, False
            assert head.startswith(b"HTTP/1.1 101"), head
            hello = self.hello(seat)
            return (client_frame(hello.encode()) if hello else b""), rest, not hello
        _, payload, _ = first_frame(data)
        return b"", data, payload is not None

    def say(self, seat: Seat) -> bytes:
        return client_frame(self.text(seat).encode())

    def read(self, data: bytes) -> Heard:
        heard = Heard(data)
        while True:
            opcode, payload, rest = first_frame(heard.rest)
            if payload is None:
                return heard
            heard.rest = rest
            if opcode == PING:
                heard.answers.append(client_frame(payload, opcode=10))
            elif opcode == CLOSE or b'"ok":false' in payload:
                heard.refused += 1
            elif payload.startswith(b'{"t":"typing"'):
                heard.deliveries.append(payload)

    def speaker(self, delivery: bytes) -> bytes:
        at = self.name_at + (len(self.delivery_head) if delivery[0] == 0x81 else 0)
        return delivery[at : at + NAME_LENGTH]


def first_frame(data: bytes) -> tuple[int, bytes | None, bytes]:
    """(opcode, payload, rest); no payload while the frame is not there whole."""
    if len(data) < 2:
        return 0, None, data
    size, start = data[1] & 0x7F, 2
    if size >= 126:
        start = 4 if size == 126 else 10
        size = int.from_bytes(data[2:start], "big")
    if len(data) < start + size:
        return 0, None, data
    return data[0] & 0x0F, data[start : start + size], data[start + size :]


class Syncplay:
    """JSON lines over TCP. The server asks everybody once a second where their film is."""

    delivery_head = b'{"Chat": {"message": "'

    def __init__(self) -> None:
        self.delivery_bytes = len(self.delivery_head) + NAME_LENGTH + len('", "username": "u00000"}}\r\n')

    def greeting(self, seat: Seat) -> bytes:
        hello = {
            "username": f"u{seat.turn:05d}",
            "room": {"name": seat.room},
            "version": "1.6.9",
            "features": {"chat": True},
        }
        return json.dumps({"Hello": hello}).encode() + b"\r\n"

    def seat(self, seat: Seat, data: bytes) -> tuple[bytes, bytes, bool]:
        lines, _, rest = data.rpartition(b"\r\n")
        if b'{"Hello"' in lines:
            return b"", rest, True
        return b"".join(self.read(data).answers), rest, False

    def say(self, seat: Seat) -> bytes:
        return b'{"Chat": "%s"}\r\n' % seat.name

    def read(self, data: bytes) -> Heard:
        *lines, rest = data.split(b"\r\n")
        heard = Heard(rest)
        for line in lines:
            if line.startswith(self.delivery_head):
                heard.deliveries.append(line)
            elif line.startswith(b'{"State"'):
                heard.answers.append(answer_to(json.loads(line)["State"]))
        return heard

    def speaker(self, delivery: bytes) -> bytes:
        return delivery[len(self.delivery_head) : len(self.delivery_head) + NAME_LENGTH]


def answer_to(state: dict[str, dict[str, float]]) -> bytes:
    ping = {"latencyCalculation": state["ping"]["latencyCalculation"], "clientRtt": 0, "clientLatencyCalculation": 1}
    answer: dict[str, object] = {"playstate": {"position": 0, "paused": True}, "ping": ping}
    if "ignoringOnTheFly" in state:
        answer["ignoringOnTheFly"] = state["ignoringOnTheFly"]
    return json.dumps({"State": answer}).encode() + b"\r\n"
