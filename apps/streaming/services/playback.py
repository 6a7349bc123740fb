"""Who may play what: lets somebody in, and answers signed links and what a player shows before it opens them.

Invariant: whoever is not let in again gets nothing after ``SHORT_LIFE_S``; ``dismiss`` ends the playlists at once.
"""

import time
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.utils import timezone
from structlog import get_logger

from apps.accounts import selectors as accounts
from apps.common.errors import Conflict, Forbidden, NotFound
from apps.streaming.domain.playback import Playback
from apps.streaming.domain.players import player_of
from apps.streaming.domain.signing import (
    SHORT_LIFE_S,
    Claim,
    derive_keys,
    lasting_expiry,
    media_base,
    sign_lasting,
    sign_short,
)
from apps.streaming.models import Admission, MediaAsset
from apps.streaming.selectors import PLAYING, current_asset, tracks_of
from apps.streaming.services.care import WATCHER_SILENCE, hold
from apps.streaming.services.mastering import publish_master
from apps.streaming.services.opening import open_at
from apps.streaming.services.uploads import heal_published

log = get_logger(__name__)

FORGOTTEN_AFTER = timedelta(days=1)


def authorise_playback(
    *, viewer_id: UUID, title_id: UUID, position_s: float | None = None, session: str = ""
) -> Playback:
    """A viewer's links to a title, of which their player is about to show ``position_s`` where that is known.

    Raises NotFound when nothing is made of it, Conflict while it is not ready.
    """
    asset = current_asset(title_id)
    if asset is None:
        raise NotFound("This film is not on the server.")
    if asset.state not in PLAYING:
        reason = f" {asset.reason}" if asset.reason else ""
        raise Conflict(f"This film is not ready to play yet.{reason}", code="not_ready")
    _refresh(asset)
    now = int(time.time())
    expires_at = now + SHORT_LIFE_S
    _admit(viewer_id, asset, until=expires_at)
    hold(title_id, datetime.fromtimestamp(expires_at, UTC) + WATCHER_SILENCE)  # a paused player says nothing else
    keys = derive_keys(settings.SECRET_KEY)
    short = Claim(asset.pk, asset.epoch, viewer_id, expires_at)
    lasting = Claim(asset.pk, asset.epoch, viewer_id, lasting_expiry(now))
    # What is asked for once in a while is judged each time: its links may outlive the short ones.
    lasting_base = media_base(sign_lasting(keys, lasting), lasting)
    described = tracks_of(asset, lasting_base, viewer_id)
    if position_s is not None:
        player = player_of(viewer_id, session)
        described["renditions"] = open_at(asset, described["renditions"], player, position_s)
    return Playback(
        asset_id=asset.pk,
        master_url=f"{media_base(sign_short(keys, short), short)}/master.m3u8",
        lasting_url=f"{lasting_base}/master.m3u8",
        expires_at=expires_at,
        duration_s=asset.duration_s or 0.0,
        reasons=tuple(asset.notes),
        **described,
    )


def forget_admissions() -> None:
    """Drop what ended long ago; nobody asks about it."""
    Admission.objects.filter(until__lt=timezone.now() - FORGOTTEN_AFTER).delete()


def _refresh(asset: MediaAsset) -> None:
    try:
        publish_master(asset)  # what the machine can make for one more viewer changes with what others watch
    except OSError as error:  # a full disk is no reason not to watch: the list as it is still plays
        log.warning("playback.not_refreshed", asset=str(asset.pk), error=str(error))
    heal_published(asset)


def dismiss(*, viewer_id: UUID, title_id: UUID) -> None:
    """Whoever let this person in to a title takes it back; a right of their own lets them in again."""
    Admission.objects.filter(viewer=viewer_id, asset__title=title_id).delete()


def _admit(viewer_id: UUID, asset: MediaAsset, *, until: int) -> None:
    version = accounts.token_version(viewer_id)
    if version is None:
        raise Forbidden("You were signed out. Sign in again.")
    admission = Admission(
        viewer_id=viewer_id, asset=asset, token_version=version, until=datetime.fromtimestamp(until, UTC)
    )
    Admission.objects.bulk_create(
        [admission], update_conflicts=True, unique_fields=["viewer", "asset"], update_fields=["token_version", "until"]
    )
