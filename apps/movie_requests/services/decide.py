"""What people decide about a request after it was made: follow, leave, cancel, retry, approve, decline."""

from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.common.errors import Conflict, Invalid, NotFound
from apps.movie_requests import selectors
from apps.movie_requests.domain.states import LIVE, RETRYABLE, Event, State
from apps.movie_requests.domain.words import Words
from apps.movie_requests.models import Acquisition, Follow
from apps.movie_requests.services.life import move, note, push_item
from apps.movie_requests.services.sources import choose_source, restore_candidates
from apps.movie_requests.services.submit import begin_search


def follow(*, acquisition_id: UUID, user_id: UUID) -> Acquisition:
    """Come back to a request one left. Others begin to follow by asking for the film. Raises NotFound."""
    was_there = Follow.objects.filter(acquisition_id=acquisition_id, user_id=user_id)
    acquisition = selectors.everything().filter(pk=acquisition_id).first()
    if acquisition is None or not (was_there.exists() or acquisition.requester_id == user_id):
        raise NotFound("There is no such request, or it is not yours to see.")
    with transaction.atomic():
        _, is_new = Follow.objects.get_or_create(acquisition=acquisition, user_id=user_id)
        if was_there.exclude(left_at=None).update(left_at=None) or is_new:
            note(acquisition, "followed", "Somebody wants this again.")
    return acquisition


def unfollow(*, acquisition_id: UUID, user_id: UUID) -> Acquisition:
    """Leave; the request is cancelled with its last follower. Raises NotFound."""
    acquisition = selectors.visible_one(acquisition_id, user_id=user_id, is_operator=False)
    with transaction.atomic():
        acquisition = _locked(acquisition.pk)
        left = Follow.objects.filter(acquisition=acquisition, user_id=user_id, left_at=None)
        if not left.update(left_at=timezone.now()):
            return acquisition
        note(acquisition, "unfollowed", "Somebody wants this no more.")
        if State(acquisition.state) in LIVE and not selectors.follower_ids(acquisition.pk):
            move(acquisition, Event.CANCELLED, Words("Nobody wants it any more."))
        push_item(acquisition, also=user_id)
    return acquisition


def cancel(*, acquisition_id: UUID, user_id: UUID, is_operator: bool) -> Acquisition:
    """Stop it: for all when the operator says so, else only for oneself while others wait. Raises NotFound, Conflict.

    Nobody but the operator speaks for those who stay, not even the one who asked first.
    """
    selectors.visible_one(acquisition_id, user_id=user_id, is_operator=is_operator)
    with transaction.atomic():
        acquisition = _locked(acquisition_id)
        is_alone = selectors.follower_ids(acquisition.pk) == [user_id]
        if not is_operator and not (is_alone and acquisition.requester_id == user_id):
            return unfollow(acquisition_id=acquisition_id, user_id=user_id)
        by = "the operator" if acquisition.requester_id != user_id else "the person who asked for it"
        move(acquisition, Event.CANCELLED, Words(f"Cancelled by {by}."))
    return acquisition


def retry(*, acquisition_id: UUID, user_id: UUID, is_operator: bool) -> Acquisition:
    """Try a failed request again with its own torrents. Raises NotFound, Conflict."""
    selectors.visible_one(acquisition_id, user_id=user_id, is_operator=is_operator)
    now = timezone.now()
    try:
        with transaction.atomic():
            acquisition = _locked(acquisition_id)
            if State(acquisition.state) not in RETRYABLE:
                raise Conflict(f"There is nothing to retry: the request is {acquisition.state.replace('_', ' ')}.")
            move(acquisition, Event.RETRIED, searches=0, searching_since=now, next_try_at=now)
            restore_candidates(acquisition)
            choose_source(acquisition)
    except IntegrityError:
        raise Conflict("Somebody asked for this film again already; ask for it to follow.") from None
    return acquisition


def approve(*, acquisition_id: UUID) -> Acquisition:
    """The operator agrees. Raises NotFound, Conflict."""
    with transaction.atomic():
        acquisition = _locked(acquisition_id)
        move(acquisition, Event.APPROVED)
        begin_search(acquisition)
    return acquisition


def decline(*, acquisition_id: UUID, reason: str) -> Acquisition:
    """The operator refuses, and says why. Raises NotFound, Conflict, Invalid."""
    if not reason.strip():
        raise Invalid("Say why, so that the person can do something about it.", fields={"reason": "required"})
    with transaction.atomic():
        acquisition = _locked(acquisition_id)
        move(acquisition, Event.DECLINED, Words(reason.strip()))
    return acquisition


def _locked(acquisition_id: UUID) -> Acquisition:
    """The row, locked to the end of the transaction: what people decide is decided on its newest state."""
    acquisition = Acquisition.objects.select_for_update().filter(pk=acquisition_id).first()
    if acquisition is None:
        raise NotFound("There is no such request.")
    return acquisition
