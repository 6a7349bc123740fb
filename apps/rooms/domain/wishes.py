"""Commands that somebody else has to agree to: an ask goes to the hosts, a vote to everybody who watches.

Invariant: a wish is open until it is granted, declined, withdrawn or too old, and each of these ends it once.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from apps.rooms.domain.commands import Command, Decision, Op, Outcome
from apps.rooms.domain.members import Preset

ASK_MS = 30_000
VOTE_MS = 20_000

ONE_BUTTON = frozenset({Op.PLAY, Op.PAUSE})


class WishKind(StrEnum):
    ASK = "ask"
    VOTE = "vote"


class WishState(StrEnum):
    OPEN = "open"
    GRANTED = "granted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Wish:
    """``until_ms`` is room time. ``ballots``: yes or no by person, of a vote."""

    id: str
    kind: WishKind
    by: str
    name: str
    wanted: Command
    until_ms: int
    ballots: Mapping[str, bool] = field(default_factory=dict)


def same_kind(op: Op) -> frozenset[Op]:
    """What a person who wants ``op`` does not want any more: play and pause are one button."""
    return ONE_BUTTON if op in ONE_BUTTON else frozenset({op})


def is_so_already(decision: Decision, wanted: Command) -> bool:
    """Nobody has to agree to it. What another did a moment ago is not the same when it went to another place."""
    if decision.outcome is Outcome.SUPERSEDED:
        is_same_speed = wanted.op is Op.RATE and wanted.rate == decision.timeline.rate
        return is_same_speed or wanted.op in {*ONE_BUTTON, Op.UNDO}
    return decision.outcome is Outcome.UNCHANGED


def needs_vote(preset: Preset, op: Op, *, is_waiting: bool) -> bool:
    """In a democracy everybody stops the film at once, and going on without somebody is not a new decision."""
    return preset is Preset.DEMOCRACY and op is not Op.PAUSE and not (op is Op.PLAY and is_waiting)


def may_ask(preset: Preset) -> bool:
    return preset is Preset.ASK_HOST


def needed(electorate: int) -> int:
    """Votes that are more than half of the people present."""
    return electorate // 2 + 1


def tally(wish: Wish, present: Collection[str], now_ms: float) -> WishState:
    """What a vote has come to, by the people who are there now; ballots of those who left do not count."""
    voters = set(present)
    yes = sum(ok for uid, ok in wish.ballots.items() if uid in voters)
    no = sum(not ok for uid, ok in wish.ballots.items() if uid in voters)
    if voters and yes >= needed(len(voters)):
        return WishState.GRANTED
    is_lost = voters and no > len(voters) - needed(len(voters))
    return WishState.DECLINED if is_lost or now_ms >= wish.until_ms else WishState.OPEN
