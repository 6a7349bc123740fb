"""When the room stands still for people who are not ready, and when it goes on.

Invariant: a wait is part of the timeline, so it begins and ends once and for everybody; each has a deadline.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from math import ceil

from apps.rooms.domain.patience import WaitRule, whom
from apps.rooms.domain.playback import Barrier, Cause, Timeline, Why, is_going, position_at, rest_at_ms

STALL_S = 0.8
SETTLED_MS = 3_000  # whoever is late after a start or seek catches up by rate
SETTLED_IN_S = 20.0  # neither somebody who joins nor somebody who comes back stops the others
OBJECTION_MS = 1_500  # whoever says later that they are not ready has a stall
MOST_MS = {Why.STALL: 8_000, Why.SEEK: 20_000, Why.ITEM: 20_000, Why.START: 20_000}
ENOUGH_AFTER_MS = 4_000
LATE_SHARE = 0.2  # with so few of them left, four seconds are enough

# By what scheduled a start: what somebody who is not ready for it makes the room wait for.
WHY_OF_CAUSE = {
    Cause.SEEK: Why.SEEK,
    Cause.UNDO: Why.SEEK,
    Cause.ITEM: Why.ITEM,
    Cause.PLAY: Why.START,
    Cause.TOGETHER: Why.START,
}


@dataclass(frozen=True, slots=True)
class Stall:
    """Somebody whose film stands still: for how long, and since when they are here."""

    stalled_s: float
    here_s: float


@dataclass(frozen=True, slots=True)
class Wish:
    """Wait for people who are late: what is left of each one's budget in ms, of ``present`` people who watch."""

    bid: str
    why: Why
    late: Mapping[str, float]
    present: int


def deserves_wait(stall: Stall, timeline: Timeline, *, now_ms: float, present: int) -> bool:
    return (
        is_going(timeline, now_ms)
        and present > 1
        and stall.stalled_s >= STALL_S
        and stall.here_s >= SETTLED_IN_S
        and now_ms - timeline.at_ms >= SETTLED_MS
    )


def objection(timeline: Timeline, bid: str, *, now_ms: float) -> Why | None:
    """What the room waits for when somebody is not ready for the start that ``bid`` names; None when that is past.

    A scheduled start is named by its revision, and so is the wait that it turns into.
    """
    if timeline.wait is not None:
        is_open = bid == timeline.wait.bid and now_ms - timeline.wait.began_ms <= OBJECTION_MS
        return timeline.wait.why if is_open else None
    is_open = timeline.playing and bid == str(timeline.rev) and now_ms - timeline.made_ms <= OBJECTION_MS
    return WHY_OF_CAUSE.get(timeline.cause) if is_open else None


def may_object(why: Why, *, here_s: float, ago_s: float) -> bool:
    """Whether somebody who came ``here_s`` ago may hold up a start that was scheduled ``ago_s`` ago.

    Who was there when the film was started belongs to those who start it; later ones find it going on.
    """
    return here_s > ago_s if why is Why.START else here_s >= SETTLED_IN_S


def begin_wait(timeline: Timeline, wish: Wish, *, rule: WaitRule, now_ms: float, lead_ms: int) -> Timeline | None:
    """Stand still for those of the wish whom ``rule`` waits for, or take them into a wait that is on already.

    None when nothing changes: the room does not play, its film is over, the start that they are late for is past, there
    is nobody else.
    """
    uids = whom(rule, wish.late)
    if not uids or wish.present < 2:
        return None
    if timeline.wait is not None:
        return _join(timeline, wish, uids, now_ms)
    is_past = wish.why is not Why.STALL and objection(timeline, wish.bid, now_ms=timeline.made_ms) is not wish.why
    if not is_going(timeline, now_ms) or is_past:
        return None
    most_ms = float(MOST_MS[wish.why])
    if rule is WaitRule.SMART:
        most_ms = min(most_ms, max(wish.late[uid] for uid in uids))
    now = ceil(now_ms)
    wait = Barrier(wish.bid, uids, now + int(most_ms), wish.why, began_ms=now, present=wish.present)
    return stand_still(timeline, wait, now_ms=now_ms, lead_ms=lead_ms)


def stand_still(timeline: Timeline, wait: Barrier, *, now_ms: float, lead_ms: int) -> Timeline:
    """A start that is still ahead is called off; a film that plays stops where everybody can, so nobody rewinds."""
    now = ceil(now_ms)
    is_ahead = now < timeline.at_ms and timeline.cause is not Cause.RATE
    at_ms = now if is_ahead else rest_at_ms(timeline, now_ms, lead_ms)
    return replace(
        timeline,
        rev=timeline.rev + 1,
        playing=False,
        position_ms=round(position_at(timeline, at_ms)),
        at_ms=at_ms,
        cause=Cause.WAIT,
        by=None,
        wait=wait,
        made_ms=now,
    )


def _join(timeline: Timeline, wish: Wish, uids: tuple[str, ...], now_ms: float) -> Timeline | None:
    wait = timeline.wait
    is_other = wish.why is not Why.STALL and wait is not None and wait.bid != wish.bid
    if wait is None or wait.why is Why.SOURCE or is_other:
        return None
    everybody = tuple(dict.fromkeys((*wait.waiting_for, *uids)))
    return _with_late(timeline, wait, everybody, now_ms)


def _with_late(timeline: Timeline, wait: Barrier, uids: tuple[str, ...], now_ms: float) -> Timeline | None:
    if uids == wait.waiting_for:
        return None
    return replace(
        timeline, rev=timeline.rev + 1, cause=Cause.WAIT, by=None, wait=replace(wait, waiting_for=uids),
        made_ms=ceil(now_ms),
    )  # fmt: skip


def settle_wait(
    timeline: Timeline, *, bid: str, done: Collection[str], rule: WaitRule, now_ms: float, lead_ms: int
) -> Timeline | None:
    """Wait ``bid`` no longer for ``done``: they are ready, or went away. It ends when enough of them are.

    None when nothing changes, or when the room waits for something else by now.
    """
    wait = timeline.wait
    if wait is None or wait.bid != bid or wait.why is Why.SOURCE:
        return None
    left = tuple(uid for uid in wait.waiting_for if uid not in done)
    if is_over(replace(wait, waiting_for=left), rule=rule, now_ms=now_ms, lead_ms=lead_ms):
        return go_on(timeline, now_ms=now_ms, lead_ms=lead_ms)
    return _with_late(timeline, wait, left, now_ms)


def is_over(wait: Barrier, *, rule: WaitRule, now_ms: float, lead_ms: int) -> bool:
    """At ``until_ms`` the film plays again, so the start is scheduled before."""
    is_enough = len(wait.waiting_for) <= LATE_SHARE * wait.present and now_ms - wait.began_ms >= ENOUGH_AFTER_MS
    return (
        not wait.waiting_for
        or now_ms + lead_ms >= wait.until_ms
        or rule is WaitRule.NEVER
        or (rule is WaitRule.SMART and is_enough)
    )


def next_turn_ms(wait: Barrier, *, now_ms: float, lead_ms: int) -> float | None:
    """When ``is_over`` may change its mind by time alone; None when it has."""
    turns = (wait.began_ms + ENOUGH_AFTER_MS, wait.until_ms - lead_ms)
    return min((turn for turn in turns if turn > now_ms), default=None)


def go_on(timeline: Timeline, *, now_ms: float, lead_ms: int) -> Timeline:
    """Everybody starts at the same moment, from where the room stood still."""
    return replace(
        timeline, rev=timeline.rev + 1, playing=True, at_ms=ceil(now_ms) + lead_ms, cause=Cause.RESUME, by=None,
        wait=None, made_ms=ceil(now_ms),
    )  # fmt: skip


def is_history(before: Timeline, after: Timeline) -> bool:
    """Whether what the room did by itself is told later too. A wait after a command belongs to that command."""
    wait = after.wait or before.wait
    if wait is None or after.cause not in {Cause.WAIT, Cause.RESUME}:
        return True
    return wait.why in {Why.STALL, Why.SOURCE} and (before.wait is None or after.wait is None)
