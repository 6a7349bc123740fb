"""What shall we watch? How a poll over films ends. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

CHOICES_MIN, CHOICES_MAX = 2, 6


@dataclass(frozen=True, slots=True)
class PollState:
    """``choices`` are titles in the order in which they were asked; ``votes`` by person."""

    poll: str
    by: str
    name: str
    choices: tuple[str, ...]
    votes: Mapping[str, str] = field(default_factory=dict)


def winner(choices: Sequence[str], votes: Iterable[str]) -> str | None:
    """The choice with the most votes, the earlier of two equal ones; None when nobody voted."""
    counted = Counter(vote for vote in votes if vote in choices)
    return max(choices, key=lambda choice: counted[choice]) if counted else None
