"""The async side of streaming: judge a media link, find its file, wait for a segment that is still being made.

Invariant: whatever asks the store runs in threads that are for nothing else: a slow bucket holds up films, no pages.
"""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import BoundedSemaphore
from typing import ParamSpec, TypeVar
from uuid import UUID

from asgiref.sync import sync_to_async
from django.conf import settings

from apps.common.connections import close_own
from apps.common.errors import Forbidden, NotFound, Unavailable
from apps.streaming import selectors
from apps.streaming.adapters import store
from apps.streaming.domain.ffmpeg import INIT
from apps.streaming.domain.media_names import MediaName, parse_media_name
from apps.streaming.domain.signing import Claim, Verdict, derive_keys, is_lasting, judge
from apps.streaming.services import abandoning, demand
from apps.streaming.services.demand import Answer

WAIT_LIMIT_S = 25.0
POLL_S, QUICK_POLL_S = 0.25, 0.1  # the latter for who has just come: most of what is waited for is there soon
QUICK_FOR_S = 3.0
RETRY_AFTER_S = 2
BUSY_RETRY_AFTER_S = 5
READERS = 32  # as many as a bucket has connections
READS_MAX = 512  # at work or waiting for a reader; whoever comes then is told to come back
WISH_AGAIN_S = 1.0  # whoever goes on asking is still there
ASIDE_S = 0.5  # a player asks for the beginning of a track and for a segment of it at once: the latter brings both
SECOND_THOUGHT_S = 1.0  # after a seek a player drops its request and sends another, over a line that may be slow

_readers = ThreadPoolExecutor(READERS, thread_name_prefix="media")
_places = BoundedSemaphore(READS_MAX)
_waiting: Counter["Place"] = Counter()  # requests that wait here
P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class MediaLink:
    signature: str
    claim: Claim
    name: str
    player: UUID


@dataclass(frozen=True, slots=True)
class Place:
    """What one player looks at; without ``index`` it wants the init segment."""

    player: UUID
    asset: UUID
    rung: str
    index: int | None


@dataclass(frozen=True, slots=True)
class MediaFile:
    path: Path
    store_name: str  # below the store's root; nginx finds a local file by it
    size: int
    etag: str
    content_type: str
    is_immutable: bool


async def find_media(link: MediaLink) -> MediaFile:
    """The file behind a link. Raises Forbidden for a forged, expired or revoked link, NotFound, Unavailable."""
    _check_signature(link)
    name = parse_media_name(link.name)
    if name is None:
        raise NotFound("There is no such file.")
    if is_lasting(link.signature) or not name.track:  # segments under a short link are nginx's, which asks nobody
        await _check_rights(link.claim)
    path = store.folder(link.claim.asset, link.claim.epoch).joinpath(*name.parts)
    found = await _find(path)
    if found is None and (name.segment is not None or name.parts[-1] == INIT):
        found = await _wait_for(link, name, path)
    if found is None:
        raise NotFound("There is no such file.")
    return MediaFile(
        path=path,
        store_name=store.name_of(path),
        size=found.size_bytes,
        etag=f'"{link.claim.epoch:x}-{found.version}"',
        content_type=name.content_type,
        is_immutable=name.is_immutable,
    )


async def read_media(file: MediaFile, start: int, end: int) -> AsyncIterator[bytes]:
    """Bytes [start, end), the first of them already here. Raises NotFound, Unavailable."""
    source = store.chunks(file.path, start, end)
    try:
        first = await _admitted(next, source, b"")
    except FileNotFoundError as error:
        raise NotFound("There is no such file.") from error
    except OSError as error:
        raise _unreachable() from error
    return _rest(first, source)


async def _rest(data: bytes, source: Iterator[bytes]) -> AsyncIterator[bytes]:
    while data:
        yield data
        data = await asyncio.wrap_future(_readers.submit(next, source, b""))


async def _admitted(read: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """``read`` in a thread for media. Raises Unavailable when too many wait for one."""
    if not _places.acquire(blocking=False):
        raise Unavailable("Too many people are watching at the moment. Try again soon.", retry_after_s=RETRY_AFTER_S)
    future: Future[T] = _readers.submit(read, *args, **kwargs)
    future.add_done_callback(lambda _: _places.release())  # also when the request is gone before its turn
    return await asyncio.wrap_future(future)


def _check_signature(link: MediaLink) -> None:
    verdict = judge(derive_keys(settings.SECRET_KEY), link.signature, link.claim, now=int(time.time()))
    if verdict == Verdict.EXPIRED:
        raise Forbidden("This link has expired. Open the film again to go on watching.", code="link_expired")
    if verdict != Verdict.GOOD:
        raise Forbidden("This link is not valid. Open the film again to watch it.", code="link_invalid")


async def _check_rights(claim: Claim) -> None:
    if not await sync_to_async(selectors.is_admitted)(claim.viewer, claim.asset, claim.epoch):
        raise Forbidden("You are not let in to this film any more. Open it again to watch it.", code="link_revoked")


async def _find(path: Path) -> store.StoredFile | None:
    try:
        return await _admitted(store.find, path)
    except OSError as error:
        raise _unreachable() from error


def _unreachable() -> Unavailable:
    return Unavailable("The film cannot be read at the moment. Try again soon.", retry_after_s=RETRY_AFTER_S)


async def _wait_for(link: MediaLink, name: MediaName, path: Path) -> store.StoredFile | None:
    """Say that somebody waits for it, and wait. None when nobody will make it; raises Unavailable."""
    place = Place(link.player, link.claim.asset, name.track, name.segment)
    try:
        with _waits(place):
            if place.index is not None:
                # Once: players without a name of their own must not end each other's wishes over and over.
                await sync_to_async(_tell)(
                    abandoning.leave_others, place.player, place.asset, place.rung, place.index)  # fmt: skip
            return await _until_made(link, name, path)
    except asyncio.CancelledError:  # the player went, or looks elsewhere
        await asyncio.sleep(SECOND_THOUGHT_S)
        await sync_to_async(_tell)(_leave, place)
        raise


@contextmanager
def _waits(place: Place) -> Iterator[None]:
    _waiting[place] += 1
    try:
        yield
    finally:
        _waiting[place] -= 1
        if not _waiting[place]:
            del _waiting[place]


def _leave(place: Place) -> None:
    """Its player waits for it no longer, unless another of its requests needs the same encoder."""
    beside = [(other.rung, other.index) for other in list(_waiting)
              if (other.player, other.asset) == (place.player, place.asset)]  # fmt: skip
    abandoning.leave(place.player, place.asset, place.rung, place.index, beside=beside)


async def _until_made(link: MediaLink, name: MediaName, path: Path) -> store.StoredFile | None:
    began = time.monotonic()
    if name.segment is None and (found := await _look_for(path, ASIDE_S, QUICK_POLL_S)) is not None:
        return found
    while True:
        answer = await sync_to_async(_tell)(_want, link, name)
        found = await _find(path)
        if found is not None or answer in {Answer.UNKNOWN, Answer.MADE}:
            return found
        if answer == Answer.REFUSED:
            raise Unavailable("The server is making all it can for other viewers.", retry_after_s=BUSY_RETRY_AFTER_S)
        is_early = time.monotonic() < began + QUICK_FOR_S
        if (found := await _look_for(path, WISH_AGAIN_S, QUICK_POLL_S if is_early else POLL_S)) is not None:
            return found
        if time.monotonic() >= began + WAIT_LIMIT_S:
            raise Unavailable("This part of the film is still being prepared.", retry_after_s=RETRY_AFTER_S)


async def _look_for(path: Path, limit_s: float, every_s: float) -> store.StoredFile | None:
    until = time.monotonic() + limit_s
    while time.monotonic() < until:
        await asyncio.sleep(every_s)
        if (found := await _find(path)) is not None:
            return found
    return None


def _want(link: MediaLink, name: MediaName) -> Answer:
    claim = link.claim
    if name.segment is None:
        return demand.want_init(claim.asset, name.track, epoch=claim.epoch, player=link.player)
    return demand.want_segment(claim.asset, name.track, name.segment, epoch=claim.epoch, player=link.player)


def _tell(act: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Each request has a thread and connections of its own: whoever waits must not keep them from others."""
    try:
        return act(*args, **kwargs)
    finally:
        close_own()
