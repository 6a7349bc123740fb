"""The socket under the outgoing client: it opens to public addresses only, and every wait ends at one deadline.

The address is checked on the very number that is connected to, so a name that changes its answer cannot lead inside.
"""

import ipaddress
import socket
import time
from collections.abc import Iterable
from typing import Any

import httpcore
import httpx
from django.conf import settings

from apps.common.errors import Unavailable


class Refused(Unavailable):
    """The address is one that this server must not talk to."""

    code = "address_refused"


def is_public(address: str) -> bool:
    """Whether ``address`` (a literal) may be connected to: globally routable, nor an envelope of one that is not."""
    number = ipaddress.ip_address(address)
    if isinstance(number, ipaddress.IPv6Address):
        inner = number.ipv4_mapped or number.sixtofour or (number.teredo[1] if number.teredo else None)
        if inner is not None:
            number = inner
        elif number in _NAT64:
            number = ipaddress.IPv4Address(int(number) & 0xFFFFFFFF)
    return number.is_global and not number.is_multicast and not number.is_reserved


_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


def seconds_left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise httpx.ReadTimeout("the whole exchange took too long")
    return left


class GuardedTransport(httpx.BaseTransport):
    """httpx's own transport does not let one see the socket; httpcore, which it is built on, does."""

    def __init__(self, deadline: float) -> None:
        self._pool = httpcore.ConnectionPool(network_backend=_GuardedBackend(deadline), retries=0)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        outgoing = httpcore.Request(
            method=request.method,
            url=httpcore.URL(
                scheme=request.url.raw_scheme,
                host=request.url.raw_host,
                port=request.url.port,
                target=request.url.raw_path,
            ),
            headers=request.headers.raw,
            content=b"",
        )
        try:
            answer = self._pool.handle_request(outgoing)
        except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError) as error:
            raise httpx.ConnectError(str(error), request=request) from error
        return httpx.Response(
            status_code=answer.status,
            headers=answer.headers,
            stream=_Body(answer),
            extensions={"http_version": b"HTTP/1.1"},
        )

    def close(self) -> None:
        self._pool.close()


class _Body(httpx.SyncByteStream):
    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Any:
        try:
            yield from self._answer.iter_stream()
        except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError) as error:
            raise httpx.ReadError(str(error)) from error

    def close(self) -> None:
        self._answer.close()


class _GuardedBackend(httpcore.NetworkBackend):
    """Resolves the name itself and connects to an address it has checked; every wait ends at the deadline."""

    def __init__(self, deadline: float) -> None:
        self._real = httpcore.SyncBackend()
        self._deadline = deadline

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        fault: httpcore.NetworkError | httpcore.TimeoutException = httpcore.ConnectError(f"{host} has no address")
        for address in _checked_addresses(host, port):
            left = seconds_left(self._deadline)
            try:
                stream = self._real.connect_tcp(address, port, left, local_address, socket_options)
            except (httpcore.NetworkError, httpcore.TimeoutException) as error:
                fault = error  # a host with a dead IPv6 route is still reached over IPv4
                continue
            return _TimedStream(stream, self._deadline)
        raise fault

    def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Any = None
    ) -> httpcore.NetworkStream:
        raise Refused("Local sockets are not fetched from.")

    def sleep(self, seconds: float) -> None:
        time.sleep(min(seconds, seconds_left(self._deadline)))


def _checked_addresses(host: str, port: int) -> list[str]:
    """Every address of ``host``, none of them private: one bad one among good ones refuses the whole name."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise httpcore.ConnectError(f"{host} has no address") from error
    addresses = list(dict.fromkeys(str(entry[4][0]).partition("%")[0] for entry in found))
    if not settings.ALLOW_PRIVATE_ADDRESSES and not all(is_public(address) for address in addresses):
        raise Refused(f"{host} leads to a private address; this server does not go there.")
    return addresses


class _TimedStream(httpcore.NetworkStream):
    """Every read and write may last until the deadline and no longer, however slowly the bytes drip."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: float) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, seconds_left(self._deadline))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, seconds_left(self._deadline))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: Any, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        secured = self._stream.start_tls(ssl_context, server_hostname, seconds_left(self._deadline))
        return _TimedStream(secured, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
