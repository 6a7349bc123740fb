"""Reactions on the film of one room in this process: gathered, kept and shown once a second.

Invariant: what is shown was counted before, each reaction once, by the process of the person who sent it. A process
that is killed loses what was sent since its last pulse.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from structlog import get_logger

from apps.common.errors import DomainError
from apps.rooms import live
from apps.rooms.domain.talk import Emoji, Place
from apps.rooms.services import Kept
from consumers.background import OneAtATime
from consumers.frames import Packed
from consumers.protocol.parts import Burst

log = get_logger(__name__)

WAITING_MAX = 2_000  # places and people while the database does not answer; more are dropped


@dataclass
class Basket:
    """``waiting``: sent by people here and not kept yet. ``news``: kept somewhere and not shown here yet.

    ``item`` is the film that both are about.
    """

    item: str = ""
    waiting: Counter[tuple[UUID, Place]] = field(default_factory=Counter)
    news: Counter[Place] = field(default_factory=Counter)
    emptying: OneAtATime = field(default_factory=OneAtATime)

    def add(self, person: UUID, emoji: Emoji, position_s: float) -> None:
        key = (person, Place(emoji, int(position_s)))
        if key in self.waiting or len(self.waiting) < WAITING_MAX:
            self.waiting[key] += 1

    def follow(self, item: str) -> None:
        """What was felt about another film belongs to no second of this one."""
        if item != self.item:
            self.item = item
            self.waiting.clear()
            self.news.clear()

    def hear(self, item: str, packed: list[Packed]) -> None:
        """Another process kept these. It may have been on the film before, or be on the next one already."""
        if item == self.item:
            self.news.update({Place(Emoji(burst["e"]), burst["mt"]): burst["n"] for burst in packed})

    @property
    def is_empty(self) -> bool:
        return not self.waiting and not self.news

    async def keep(self, room_id: UUID) -> Kept:
        """Count what waits; it is news then, unless the film has changed meanwhile. Without the database it waits for
        the next pulse.
        """
        taken, self.waiting, item = self.waiting, Counter(), self.item
        if not taken:
            return Kept({}, frozenset())
        try:
            kept = await live.keep_film_reactions(room_id=room_id, item=item, given=taken)
        except DomainError as error:
            log.warning("reactions.not_kept", room=str(room_id), error=error.message)
            if item == self.item:
                self._put_back(taken)
            return Kept({}, frozenset())
        if item != self.item:
            return Kept({}, kept.refused)
        self.news.update(kept.sums)
        return kept

    def _put_back(self, taken: Counter[tuple[UUID, Place]]) -> None:
        """Under what came meanwhile, as far as there is room."""
        for key, count in taken.items():
            if key in self.waiting or len(self.waiting) < WAITING_MAX:
                self.waiting[key] += count

    def take_news(self) -> list[Burst]:
        shown, self.news = self.news, Counter()
        return [Burst(e=place.emoji.value, mt=place.second, n=count) for place, count in shown.items()]


def pack(sums: Mapping[Place, int]) -> list[Packed]:
    """For the other processes."""
    return [{"e": place.emoji.value, "mt": place.second, "n": count} for place, count in sums.items()]
