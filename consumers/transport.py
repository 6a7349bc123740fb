"""The one module that knows how daphne sends: frames go straight into the connection's socket, past ASGI.

Invariant: bytes leave in the order in which they were written here and by daphne itself (handshake, pings, close
frame): the socket is used only while the transport has nothing to write, and everything else goes through its buffer.
Twisted says when that begins and ends by the transport's own ``startWriting`` and ``stopWriting``.
"""

import random
import socket
import sys
from collections import namedtuple
from functools import partial
from typing import Any

from autobahn.websocket.protocol import WebSocketProtocol

from consumers.lanes import Lanes, SendNow
from consumers.line import AsgiLine, GiveUp, Line, Send
from consumers.wire import Parcel

# Linux keeps twice of it. With the transport's 64 KiB and the backlog's 128 KiB a stuck reader costs 256 KiB at most;
# by itself the kernel would let its part grow to 4 MiB.
SOCKET_BUFFER_BYTES = 32 * 1024
OPEN = WebSocketProtocol.STATE_OPEN

# Twisted calls these by name, in its own spelling.
PushProducer = namedtuple("PushProducer", ["pauseProducing", "resumeProducing", "stopProducing"])


def line_of(send: Send, give_up: GiveUp) -> Line:
    """The way out of the socket whose ASGI ``send`` this is, once it was accepted."""
    protocol = _daphne_protocol(send)
    return AsgiLine(send, give_up) if protocol is None else DaphneLine(protocol, give_up)


def _daphne_protocol(send: Send) -> Any:
    """Daphne's ``send`` is a partial that carries the protocol. None: another server, TLS, or an extension in use."""
    daphne, tcp = sys.modules.get("daphne.ws_protocol"), sys.modules.get("twisted.internet.tcp")
    if daphne is None or tcp is None or not isinstance(send, partial):
        return None
    found = next((item for item in send.args if isinstance(item, daphne.WebSocketProtocol)), None)
    if found is None or found.websocket_extensions_in_use or not isinstance(found.transport, tcp.Connection):
        return None
    return None if found.transport.TLS else found


class DaphneLine(Line):
    """Of one connection. Twisted says when its buffer is full and when it is empty again."""

    __slots__ = ("_lanes", "_protocol", "_send", "_send_now", "_sid", "_transport")

    def __init__(self, protocol: Any, give_up: GiveUp) -> None:
        super().__init__(give_up)
        self._protocol = protocol
        self._transport = protocol.transport
        handle = self._transport.getHandle()
        handle.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SOCKET_BUFFER_BYTES)
        self._send: SendNow = handle.send
        self._send_now: SendNow | None = None  # while nothing waits in the transport's buffer
        self._lanes: Lanes | None = None
        self._sid = ""
        # What the browser sent to get in, kept twice: 2 KiB of each socket. Nobody reads it any more.
        protocol.clean_headers.clear()
        protocol.http_headers.clear()
        # Who came in together, as after a restart, would be sent their pings together too, in one long breath.
        protocol.last_ping -= random.random() * protocol.server.ping_interval  # noqa: S311 - only spreads them
        protocol.unregisterProducer()  # the HTTP channel, which has handed the connection over
        protocol.registerProducer(PushProducer(self.pause, self.resume, self.drop), True)
        self._transport.startWriting, self._transport.stopWriting = self._shut, self._open
        self._transport.startWriting()  # the answer to the handshake may still be on its way; the end of it opens

    def enter(self, lanes: Lanes, sid: str) -> None:
        self.exit()
        self._lanes, self._sid = lanes, sid
        if self._send_now is not None:
            lanes.open(sid, self._send_now, self)

    def exit(self) -> None:
        if self._lanes is not None:
            self._lanes.shut(self._sid, self)
            self._lanes = None

    def put(self, parcel: Parcel) -> None:
        """The way of nearly every frame, in one call: whoever keeps up has an empty buffer."""
        send_now = self._send_now
        if send_now is None:
            super().put(parcel)
            return
        data = parcel.wire
        try:
            sent = send_now(data)
        except OSError:  # full, or broken, which the transport notices when it writes the rest
            sent = 0
        if sent < len(data):
            self.write_rest(data[sent:])

    def write_rest(self, data: bytes) -> None:
        self._transport.write(data)

    def drop(self) -> None:
        super().drop()
        self.exit()
        self._send_now = None
        vars(self._transport).pop("startWriting", None)  # they lead back here, as whatever drops us once more finds
        vars(self._transport).pop("stopWriting", None)

    # --- from the transport ---
    def _shut(self) -> None:
        """It has something to write."""
        self._send_now = None
        if self._lanes is not None:
            self._lanes.shut(self._sid, self)
        self._transport.reactor.addWriter(self._transport)

    def _open(self) -> None:
        """All of it is out, or the connection was given up."""
        self._transport.reactor.removeWriter(self._transport)
        if self.is_over or self._protocol.state != OPEN:
            self._send_now = None
            self.exit()
            return
        self._send_now = self._send
        if self._lanes is not None:
            self._lanes.open(self._sid, self._send, self)

    # --- for the parent ---
    def _write(self, parcel: Parcel) -> None:
        """Behind what daphne or we have not got out yet."""
        if self._protocol.state == OPEN:
            self._transport.write(parcel.wire)

    def _close(self, code: int) -> None:
        """Whoever does not answer the close frame is cut off by daphne a second later."""
        if self._protocol.state == OPEN:
            self._protocol.serverClose(code)
