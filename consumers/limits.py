"""How much one socket may say. Pure: the time comes in as an argument.

Invariant: whoever keeps to the limits never notices them; whoever goes three times over is shown out.
"""

from dataclasses import dataclass, field
from enum import StrEnum

PATIENCE = 2  # debt in bursts before the socket is closed: with the burst itself, three times the limit


class Verdict(StrEnum):
    OK = "ok"
    SLOW_DOWN = "slow_down"
    CLOSE = "close"


@dataclass(slots=True)
class TokenBucket:
    """``rate`` per second with bursts of ``burst``. What is refused counts as debt."""

    rate: float
    burst: float
    tokens: float = field(init=False)
    filled_at: float = 0.0

    def __post_init__(self) -> None:
        self.tokens = self.burst

    def take(self, now_s: float) -> Verdict:
        self.tokens = min(self.burst, self.tokens + max(0.0, now_s - self.filled_at) * self.rate)
        self.filled_at = now_s
        self.tokens -= 1
        if self.tokens >= 0:
            return Verdict.OK
        return Verdict.SLOW_DOWN if self.tokens > -PATIENCE * self.burst else Verdict.CLOSE


# Frames per second and burst of each type. A clock burst is 16 probes after each reconnect, wake or network change.
LIMITS: dict[str, tuple[float, float]] = {
    "clk": (1, 60),
    "cmd": (5, 10),
    "chat": (1, 4),
    "st": (2, 10),
    "ready": (2, 10),
    "typing": (1, 5),
    "kick": (1, 5),
    "role": (1, 5),
    "rule": (1, 5),
    "ask": (0.5, 4),
    "grant": (2, 10),
    "vote": (1, 5),
    "hello": (0.2, 3),
    "voice": (2, 10),
    "rtc": (20, 200),  # seven others, each with an offer or answer and the ways through every network of the machine
    "q.add": (1, 5),
    "q.del": (1, 10),
    "q.move": (2, 10),
    "q.vote": (2, 10),
    "q.skip": (0.5, 3),
    "q.stay": (0.5, 3),
    "poll.open": (0.2, 3),
    "poll.vote": (1, 6),
    "poll.close": (0.2, 3),
    "rdy": (1, 5),
    "rdy.ask": (0.2, 3),
    "rdy.go": (0.5, 3),
    "chat.edit": (1, 4),
    "chat.del": (1, 5),
    "chat.react": (5, 10),
    "react": (5, 10),
}
UNREADABLE = (1.0, 10.0)


@dataclass(slots=True)
class Meter:
    """All buckets of one socket. Unknown and unreadable frames share one."""

    buckets: dict[str, TokenBucket] = field(default_factory=dict)

    def take(self, kind: str, now_s: float) -> Verdict:
        key = kind if kind in LIMITS else ""
        bucket = self.buckets.get(key)
        if bucket is None:
            bucket = self.buckets[key] = TokenBucket(*LIMITS.get(key, UNREADABLE), filled_at=now_s)
        return bucket.take(now_s)
