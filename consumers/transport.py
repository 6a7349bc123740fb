"""The one module that knows how daphne sends: frames go straight into the connection's socket, past ASGI.

Invariant: bytes leave in the order in which they were written here and by daphne itself (handshake, pings, close
frame): the socket is used only while the transport's buffer is empty, and everything else goes through that buffer.
"""

import random
import socket
import sys
from collections import namedtuple
from functools import partial
from operator import attrgetter
from typing import Any

from autobahn.websocket.protocol import WebSocketProtocol

from consumers.line import AsgiLine, GiveUp, Line, Send
from consumers.wire import Parcel

# Linux keeps twice of it. With the transport's 64 KiB and the backlog's 128 KiB a stuck reader costs 256 KiB at most;
# by itself the kernel would let its part grow to 4 MiB.
SOCKET_BUFFER_BYTES = 32 * 1024
OPEN = WebSocketProtocol.STATE_OPEN

# Twisted calls these by name, in its own spelling.
PushProducer = namedtuple("PushProducer", ["pauseProducing", "resumeProducing", "stopProducing"])
unsent = attrgetter("_tempDataLen")  # bytes that were written since the transport last filled ``dataBuffer`` from them


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

    __slots__ = ("_protocol", "_send_now", "_transport")

    def __init__(self, protocol: Any, give_up: GiveUp) -> None:
        super().__init__(give_up)
        self._protocol = protocol
        self._transport = protocol.transport
        handle = self._transport.getHandle()
        handle.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SOCKET_BUFFER_BYTES)
        self._send_now = handle.send
        # What the browser sent to get in, kept twice: 2 KiB of each socket. Nobody reads it any more.
        protocol.clean_headers.clear()
        protocol.http_headers.clear()
        # Who came in together, as after a restart, would be sent their pings together too, in one long breath.
        protocol.last_ping -= random.random() * protocol.server.ping_interval  # noqa: S311 - only spreads them
        protocol.unregisterProducer()  # the HTTP channel, which has handed the connection over
        protocol.registerProducer(PushProducer(self.pause, self.resume, self.drop), True)

    def put(self, parcel: Parcel) -> None:
        """The way of nearly every frame, in one call: whoever keeps up has an empty buffer."""
        transport = self._transport
        if self._backlog is None and not (self.is_over or transport.dataBuffer or unsent(transport)):
            if self._protocol.state == OPEN:
                data = parcel.wire
                try:
                    sent = self._send_now(data)
                except OSError:  # full, or broken, which the transport notices when it writes the rest
                    sent = 0
                if sent < len(data):
                    transport.write(data[sent:])
        else:
            super().put(parcel)

    def _write(self, parcel: Parcel) -> None:
        """Behind what daphne or we have not got out yet."""
        if self._protocol.state == OPEN:
            self._transport.write(parcel.wire)

    def _close(self, code: int) -> None:
        """Whoever does not answer the close frame is cut off by daphne a second later."""
        if self._protocol.state == self._protocol.STATE_OPEN:
            self._protocol.serverClose(code)
