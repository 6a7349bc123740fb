"""Reads of requests for screens and sockets. The same RequestItem shape everywhere, for one viewer."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from apps.catalog import selectors as catalog
from apps.common.errors import NotFound
from apps.movie_requests.domain.health import Health, health_of
from apps.movie_requests.domain.states import FETCHING, State
from apps.movie_requests.models import Acquisition, Follow
from apps.notifications import selectors as notifications
from apps.streaming import selectors as streaming
from apps.streaming.domain.playback import AssetStatus, RungProgress
from apps.torrents import selectors as torrents
from apps.torrents.selectors import TorrentStatus

SNAPSHOT_MAX = 50


@dataclass(frozen=True, slots=True)
class Pulse:
    """How the work behind an acquisition goes right now; never stored."""

    health: Health = Health.OK
    progress: float | None = None
    stage: str = ""  # what the progress is of: within one it never falls
    bps: int | None = None
    eta_s: int | None = None
    reason: str = ""
    rungs: tuple[RungProgress, ...] = ()


def visible_to(user_id: UUID) -> QuerySet[Acquisition]:
    """What a person asked for or follows; everything else does not exist for them."""
    following = Follow.objects.filter(acquisition=OuterRef("pk"), user_id=user_id, left_at=None)
    return Acquisition.objects.filter(Exists(following) | Q(requester_id=user_id)).select_related("title")


def everything() -> QuerySet[Acquisition]:
    return Acquisition.objects.select_related("title")


def visible_one(acquisition_id: UUID, *, user_id: UUID, is_operator: bool) -> Acquisition:
    """Raises NotFound also for what belongs to others."""
    scope = everything() if is_operator else visible_to(user_id)
    found = scope.filter(pk=acquisition_id).first()
    if found is None:
        raise NotFound("There is no such request, or it is not yours to see.")
    return found


def follower_ids(acquisition_id: UUID) -> list[UUID]:
    return list(
        Follow.objects.filter(acquisition_id=acquisition_id, left_at=None)
        .order_by("pk")
        .values_list("user_id", flat=True)
    )


def torrent_status(torrent_id: UUID | None) -> TorrentStatus | None:
    """None when the torrent is gone."""
    try:
        return torrents.status(torrent_id) if torrent_id else None
    except NotFound:
        return None


def asset_status(asset_id: UUID | None) -> AssetStatus | None:
    """None when the asset is gone."""
    try:
        return streaming.asset_status(asset_id) if asset_id else None
    except NotFound:
        return None


def pulse(acquisition: Acquisition) -> Pulse:
    """As it is now; its progress is never less than what people were told of the same stage."""
    now = _measured(acquisition)
    if now.progress is None or now.stage != acquisition.told_stage:
        return now
    return replace(now, progress=max(now.progress, acquisition.told_share))


def _measured(acquisition: Acquisition) -> Pulse:
    state = State(acquisition.state)
    if state in FETCHING and (torrent := torrent_status(acquisition.torrent_id)):
        return Pulse(
            health=health_of(state, torrent_state=torrent.state),
            progress=torrent.progress,
            stage=str(acquisition.torrent_id),
            bps=round(torrent.bps),
            eta_s=None if torrent.eta_s is None else round(torrent.eta_s),
            reason=torrent.reason or "",
        )
    if state in {State.PACKAGING, State.READY} and (asset := asset_status(acquisition.asset_id)):
        return Pulse(
            health=health_of(state),
            progress=asset.progress,
            stage=f"{acquisition.asset_id}.{asset.epoch}",
            eta_s=None if asset.eta_s is None else round(asset.eta_s),
            reason=asset.reason or "",
            rungs=asset.rungs,
        )
    return Pulse(health=health_of(state))


def facts(acquisition: Acquisition, *, followers: int, now: Pulse | None = None) -> dict[str, Any]:
    """The part of a RequestItem that is the same for every viewer; JSON values only."""
    now = now or pulse(acquisition)
    return {
        "id": str(acquisition.pk),
        "title": catalog.card(acquisition.title),
        "state": acquisition.state,
        "health": now.health.value,
        "progress": now.progress,
        "bps": now.bps,
        "eta_s": now.eta_s,
        "playable": acquisition.state == State.READY or acquisition.playable_at is not None,
        "reason": acquisition.reason or now.reason or None,
        "fix": acquisition.fix or None,
        "followers": followers,
        "created_at": iso(acquisition.created_at),
        "updated_at": iso(acquisition.updated_at),
        "version": acquisition.version,
        "rungs": {rung.name: rung.share for rung in now.rungs},
    }


def for_viewer(
    shared: dict[str, Any], acquisition: Acquisition, viewer_id: UUID, *, is_following: bool
) -> dict[str, Any]:
    return shared | {"is_following": is_following, "is_requester": acquisition.requester_id == viewer_id}


def item(acquisition: Acquisition, viewer_id: UUID) -> dict[str, Any]:
    """The RequestItem of one acquisition as ``viewer_id`` sees it."""
    return items([acquisition], viewer_id)[0]


def items(acquisitions: Iterable[Acquisition], viewer_id: UUID) -> list[dict[str, Any]]:
    found = list(acquisitions)
    follows = Follow.objects.filter(acquisition__in=found, left_at=None).values_list("acquisition_id", "user_id")
    people: dict[UUID, set[UUID]] = {acquisition.pk: set() for acquisition in found}
    for acquisition_id, user_id in follows:
        people[acquisition_id].add(user_id)
    return [
        for_viewer(
            facts(acquisition, followers=len(people[acquisition.pk])),
            acquisition,
            viewer_id,
            is_following=viewer_id in people[acquisition.pk],
        )
        for acquisition in found
    ]


def log(acquisition: Acquisition) -> list[dict[str, Any]]:
    """RequestEvent rows, oldest first."""
    return [
        {"seq": entry.seq, "kind": entry.kind, "state": entry.state, "text": entry.text, "created_at": entry.created_at}
        for entry in acquisition.log.order_by("seq")
    ]


def snapshot(user_id: UUID) -> dict[str, Any]:
    """The ``snap`` frame of the updates socket: where everything stands for this person."""
    newest = visible_to(user_id).order_by("-created_at")[:SNAPSHOT_MAX]
    return {"t": "snap", "requests": items(newest, user_id), "unread": notifications.unread_count(user_id)}


def iso(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
