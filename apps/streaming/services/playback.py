"""Who may play what: answers a signed master URL and what a player shows before it opens it."""

import time
from uuid import UUID

from django.conf import settings

from apps.common.errors import Conflict, NotFound
from apps.streaming.domain.playback import Playback
from apps.streaming.domain.signing import LONGEST_LIFE_S, derive_key, media_base, sign
from apps.streaming.domain.states import AssetState
from apps.streaming.selectors import current_asset, tracks_of

PLAYING = (AssetState.PLAYABLE, AssetState.COMPLETE)


def authorise_playback(*, viewer_id: UUID, title_id: UUID) -> Playback:
    """A viewer's links to a title. Raises NotFound when nothing is made of it, Conflict while it is not ready."""
    asset = current_asset(title_id)
    if asset is None:
        raise NotFound("This film is not on the server.")
    if asset.state not in PLAYING:
        reason = f" {asset.reason}" if asset.reason else ""
        raise Conflict(f"This film is not ready to play yet.{reason}", code="not_ready")
    expires_at = int(time.time()) + LONGEST_LIFE_S
    key = derive_key(settings.SECRET_KEY)
    signature = sign(key, asset=asset.pk, epoch=asset.epoch, viewer=viewer_id, expires_at=expires_at)
    base = media_base(signature, asset=asset.pk, epoch=asset.epoch, viewer=viewer_id, expires_at=expires_at)
    return Playback(
        asset_id=asset.pk,
        master_url=f"{base}/master.m3u8",
        expires_at=expires_at,
        duration_s=asset.duration_s or 0.0,
        reasons=tuple(asset.notes),
        **tracks_of(asset, base),
    )
