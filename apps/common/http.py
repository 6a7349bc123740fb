"""The one client for outgoing HTTP. Invariant: no byte goes to an address that is not public.

The address is checked when the socket opens, on the very number that is connected to, so a name that changes its
answer (rebinding) or a redirect cannot lead inside. Bytes and seconds are capped for the whole exchange.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx

from apps.common.errors import Unavailable
from apps.common.guard import GuardedTransport, Refused, seconds_left

MAX_REDIRECTS = 3
RETRYABLE = frozenset({502, 503, 504})
# No compression: a few bytes that unpack to gigabytes would pass a cap on what arrives.
BASE_HEADERS = {"User-Agent": "Matinee/0.1", "Accept-Encoding": "identity"}


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    content_type: str
    body: bytes
    retry_after_s: int = 0


def fetch(
    url: str,
    *,
    params: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    max_bytes: int,
    max_seconds: float,
    attempts: int = 2,
) -> Answer:
    """GET ``url``; follows redirects, tries again once after a broken connection or a 502-504 while time lasts.

    Raises Unavailable (and Refused) for anything but a complete answer within the caps. Never sends cookies.
    """
    deadline = time.monotonic() + max_seconds
    for attempt in range(1, attempts + 1):
        is_last = attempt == attempts or time.monotonic() > deadline - max_seconds / 4
        try:
            answer = _follow(url, dict(params or {}), dict(headers or {}), max_bytes, deadline)
        except httpx.TransportError as error:
            if is_last:
                raise Unavailable(f"{_host(url)} does not answer.") from error
            continue
        if answer.status not in RETRYABLE or is_last:
            return answer
    raise Unavailable(f"{_host(url)} does not answer.")


def _follow(url: str, params: dict[str, str], headers: dict[str, str], max_bytes: int, deadline: float) -> Answer:
    target = httpx.URL(url, params=params) if params else httpx.URL(url)
    with httpx.Client(transport=GuardedTransport(deadline), trust_env=False, follow_redirects=False) as client:
        for _ in range(MAX_REDIRECTS + 1):
            if target.scheme not in {"http", "https"}:
                raise Refused("Only http and https addresses are fetched.")
            request = client.build_request("GET", target, headers=BASE_HEADERS | headers)
            response = client.send(request, stream=True)
            try:
                if response.next_request is None:
                    return _read(response, max_bytes, deadline)
                following = response.next_request.url
            except (httpx.InvalidURL, ValueError) as error:
                raise Unavailable(f"{target.host} redirects to an address that makes no sense.") from error
            finally:
                response.close()
            if following.host != target.host or following.scheme != target.scheme:
                headers = {name: value for name, value in headers.items() if name.lower() != "authorization"}
            target = following
    raise Unavailable(f"{target.host} redirects in circles.")


def _read(response: httpx.Response, max_bytes: int, deadline: float) -> Answer:
    body = bytearray()
    for chunk in response.iter_bytes():
        body += chunk
        if len(body) > max_bytes:
            raise Unavailable(f"{response.url.host} sends more than {max_bytes} bytes.")
        seconds_left(deadline)
    retry_after = response.headers.get("retry-after", "")
    return Answer(
        status=response.status_code,
        content_type=response.headers.get("content-type", "").partition(";")[0].strip().lower(),
        body=bytes(body),
        retry_after_s=min(int(retry_after), 3600) if retry_after.isdigit() and len(retry_after) < 6 else 0,
    )


def _host(url: str) -> str:
    return urlsplit(url).hostname or "The address"
