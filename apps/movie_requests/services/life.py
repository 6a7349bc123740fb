"""The two ways an acquisition changes: a move by the state table, or a note. Both are one transaction.

Invariant: state, log entry, title availability and notifications commit together; pushes and wake-ups follow the
commit. A copy that is out of date moves nothing.
"""

from dataclasses import replace
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from apps.accounts import selectors as accounts
from apps.catalog import services as catalog
from apps.common.errors import Conflict
from apps.common.events import publish, user_group
from apps.common.jobs import Job, enqueue
from apps.movie_requests import selectors
from apps.movie_requests.domain.states import HOLDING, MOVING, OVER, Event, State, next_state
from apps.movie_requests.domain.words import EVENT_TEXTS, Words, availability_of
from apps.movie_requests.models import Acquisition, LogEntry
from apps.movie_requests.selectors import Pulse
from apps.notifications import services as notifications
from apps.notifications.domain import Kind

NO_WORDS = Words()
_NEWS = {
    State.READY: (Kind.READY, "{name} is ready", "It is ready to watch."),
    State.FAILED: (Kind.FAILED, "{name} could not be fetched", "{reason} {fix}"),
    State.DECLINED: (Kind.DECLINED, "{name} was declined", "{reason}"),
    State.WAITING_SPACE: (Kind.DELAYED, "{name} waits for room", "{reason} {fix}"),
    State.EVICTED: (Kind.LEAVING_SOON, "{name} was removed to make room", "{fix}"),
}


def move(acquisition: Acquisition, event: Event, words: Words = NO_WORDS, **changes: Any) -> bool:
    """Apply ``event`` if the stored row is still the one in hand; ``acquisition`` is fresh afterwards.

    ``changes`` are further columns of the same row. Returns False when somebody else was faster.
    Raises Conflict when the event has no meaning in this state.
    """
    target = next_state(State(acquisition.state), event)
    if target is None:
        raise Conflict(f"This cannot be done while the request is {acquisition.state.replace('_', ' ')}.")
    with transaction.atomic():
        held = Acquisition.objects.filter(pk=acquisition.pk, state=acquisition.state, version=acquisition.version)
        moved = held.update(
            state=target,
            version=F("version") + 1,
            reason=words.reason[:500],
            fix=words.fix[:500],
            updated_at=timezone.now(),
            **changes,
        )
        acquisition.refresh_from_db()
        if moved:
            _record(acquisition, event.value, " ".join(filter(None, (f"{EVENT_TEXTS[event]}.", words.reason))))
            _announce(acquisition)
    return bool(moved)


def note(acquisition: Acquisition, kind: str, text: str, **changes: Any) -> None:
    """Record something that is true whatever the state is, such as a new follower; ``changes`` as in ``move``."""
    with transaction.atomic():
        _note(acquisition, Acquisition.objects.filter(pk=acquisition.pk), kind, text, changes)


def note_if_unchanged(acquisition: Acquisition, kind: str, text: str, **changes: Any) -> bool:
    """Record something that was concluded from the row in hand; False when that row is out of date."""
    with transaction.atomic():
        same = Acquisition.objects.filter(pk=acquisition.pk, state=acquisition.state, version=acquisition.version)
        return _note(acquisition, same, kind, text, changes)


def _note(acquisition: Acquisition, rows: QuerySet[Acquisition], kind: str, text: str, changes: dict[str, Any]) -> bool:
    noted = rows.update(version=F("version") + 1, updated_at=timezone.now(), **changes)
    acquisition.refresh_from_db()
    if noted:
        _record(acquisition, kind, text)
        push_item(acquisition)
    return bool(noted)


def push_item(acquisition: Acquisition, *, also: UUID | None = None) -> None:
    """Show the current state to everybody who follows (and to ``also``, who just left), after the commit."""
    followers = selectors.follower_ids(acquisition.pk)
    shared = selectors.facts(acquisition, followers=len(followers), now=told_pulse(acquisition))
    for person in dict.fromkeys([*followers, *([also] if also else [])]):
        seen = selectors.for_viewer(shared, acquisition, person, is_following=person in followers)
        publish(user_group(person), {"t": "req"} | seen)


def told_pulse(acquisition: Acquisition) -> Pulse:
    """How it goes, to be pushed. The progress is stored first, so that nothing later of the same stage is lower."""
    now = selectors.pulse(acquisition)
    if now.progress is None:
        return now
    is_told = Q(told_stage=now.stage, told_share__gte=now.progress)
    rows = Acquisition.objects.filter(pk=acquisition.pk).exclude(is_told)
    rows.update(told_stage=now.stage, told_share=now.progress)
    acquisition.refresh_from_db(fields=["told_stage", "told_share"])
    return replace(now, progress=max(now.progress, acquisition.told_share))


def _record(acquisition: Acquisition, kind: str, text: str) -> None:
    LogEntry.objects.create(
        acquisition=acquisition, seq=acquisition.version, kind=kind, state=acquisition.state, text=text[:600]
    )
    if not _is_outlived(acquisition):
        state, is_playable = State(acquisition.state), acquisition.playable_at is not None
        catalog.set_availability(acquisition.title_id, availability_of(state, is_playable=is_playable))
    acquisition.title.refresh_from_db(fields=["availability"])


def _is_outlived(acquisition: Acquisition) -> bool:
    """Whether another acquisition speaks for the title now: people still follow and leave those that are over."""
    others = Acquisition.objects.filter(title_id=acquisition.title_id, state__in=HOLDING).exclude(pk=acquisition.pk)
    return acquisition.state in OVER and others.exists()


def _announce(acquisition: Acquisition) -> None:
    state = State(acquisition.state)
    if state in _NEWS:
        kind, title, body = _NEWS[state]
        values = {"name": acquisition.title.name, "reason": acquisition.reason, "fix": acquisition.fix}
        notifications.notify(
            key=f"request:{acquisition.pk}:{state}",
            kind=kind,
            recipients=selectors.follower_ids(acquisition.pk),
            title=title.format(**values),
            body=body.format(**values).strip(),
            link=f"/title/{acquisition.title_id}" if state == State.READY else "/requests",
        )
    if state == State.PENDING_APPROVAL:
        notifications.notify(
            key=f"request:{acquisition.pk}:{state}",
            kind=Kind.APPROVAL_NEEDED,
            recipients=accounts.operators(),
            title=f"{acquisition.title.name} waits for your approval",
            body="Somebody asked for this film. Approve or decline it on the requests page.",
            link="/requests",
        )
    if state == State.NEEDS_ATTENTION:
        notifications.notify(
            key=f"request:{acquisition.pk}:{state}",
            kind=Kind.NEEDS_ATTENTION,
            recipients=accounts.operators(),
            title=f"{acquisition.title.name} needs you",
            body=f"{acquisition.reason} {acquisition.fix}".strip(),
            link="/requests",
        )
    push_item(acquisition)
    if state in MOVING | OVER - {State.READY}:
        enqueue(Job.ADVANCE_REQUEST, str(acquisition.pk))
