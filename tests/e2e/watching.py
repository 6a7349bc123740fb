"""Watches a film play: stalls, switches of quality and what was fetched, as the page itself sees them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Page

from tests.shaping import Request

EMPTY_S = 0.5
LONG_S = 0.5  # a busy machine may hold pictures up for shorter without anybody's fault
SEGMENT = re.compile(r"/media/.*/(v[\w-]+)/\d+\.m4s")

# Wall time and media time since the film began to move; their difference is what the viewer waited: `dry` while nothing
# was there to go on with, `busy` while the machine had it and was too slow to show it. The film halts when its position
# stays for 0.25 s although it is to play and nobody jumped, whatever events the element sends. The height of each
# presented picture tells the rung on screen.
WATCH = """async () => {
  const LOOK_MS = 50, HALT_MS = 250, EMPTY_S = 0.5;
  const found = () => document.querySelector('[data-testid=video]');
  while (!found()) await new Promise(done => setTimeout(done, 20));
  const video = found();
  const ahead = () => {
    const ranges = video.buffered;
    const ends = Array.from({length: ranges.length}, (_, i) => [ranges.start(i), ranges.end(i)])
      .filter(([start, end]) => start <= video.currentTime + 0.1 && end > video.currentTime).map(([, end]) => end);
    return Math.max(0, ...ends.map(end => end - video.currentTime));
  };
  const seen = window.__seen = {began: 0, from: 0, dry: 0, busy: 0, heights: [], halts: [], ahead};
  let was = 0, at = 0, halt = null;
  const begin = () => {
    if (was) return;
    was = performance.now();
    at = video.currentTime;
    setInterval(() => {
      const now = performance.now(), is = video.currentTime;
      if (!seen.began && is > at) Object.assign(seen, {began: now, from: is});
      if (!seen.began) return;
      if (seen.began !== now) seen[ahead() < EMPTY_S ? 'dry' : 'busy'] += now - was - (is - at) * 1000;
      if (is !== at || video.paused || video.seeking || video.ended) halt = null;
      else if (halt === null) halt = [at, now - was, ahead()];
      else {
        const isKnown = halt[1] >= HALT_MS;
        halt[1] += now - was;
        if (!isKnown && halt[1] >= HALT_MS) seen.halts.push(halt);
      }
      was = now;
      at = is;
    }, LOOK_MS);
  };
  if (!video.paused && video.readyState >= HTMLMediaElement.HAVE_FUTURE_DATA) begin();
  video.addEventListener('playing', begin);
  const look = (now, meta) => {
    if (seen.heights.at(-1)?.[1] !== meta.height) seen.heights.push([meta.mediaTime, meta.height]);
    video.requestVideoFrameCallback(look);
  };
  video.requestVideoFrameCallback(look);
}"""
READ = """() => {
  const video = document.querySelector('[data-testid=video]');
  const {began, from, dry, busy, heights, halts, ahead} = window.__seen;
  return {from, dry, busy, heights, halts, waited: began ? performance.now() - began : 0, at: video.currentTime,
          ahead: ahead()};
}"""


@dataclass(frozen=True)
class Halt:
    """The film stood still for at least a quarter of a second."""

    position_s: float
    lasted_s: float
    buffer_s: float

    @property
    def is_stall(self) -> bool:
        """Nothing was there to go on with; else its next pictures were, and the machine was too busy to show them."""
        return self.buffer_s < EMPTY_S

    def __str__(self) -> str:
        kind = "stall" if self.is_stall else "hiccup"
        return f"{kind} of {self.lasted_s:.1f} s at {self.position_s:.0f} s"


@dataclass(frozen=True)
class Watched:
    wall_s: float  # since the film began to move
    played_s: float
    dry_s: float  # it stood, or went slower, with nothing left to play
    busy_s: float  # the same with pictures left
    halts: list[Halt]
    heights: list[int]  # of the pictures shown, in order, without repetition
    buffer_s: float

    @property
    def rebuffer_ratio(self) -> float:
        """Share of the time since the film began to move in which it had nothing to play; 1 when it never moved."""
        return max(0.0, self.dry_s / self.wall_s) if self.wall_s else 1.0

    @property
    def busy_ratio(self) -> float:
        """Share in which the machine was too busy to show what was there."""
        return max(0.0, self.busy_s / self.wall_s) if self.wall_s else 0.0

    @property
    def long_halts(self) -> list[Halt]:
        return [halt for halt in self.halts if halt.lasted_s >= LONG_S]

    def since(self, earlier: "Watched") -> "Watched":
        """The part after ``earlier``; a halt that goes on counts in both."""
        return Watched(
            wall_s=self.wall_s - earlier.wall_s,
            played_s=self.played_s - earlier.played_s,
            dry_s=self.dry_s - earlier.dry_s,
            busy_s=self.busy_s - earlier.busy_s,
            halts=[halt for halt in self.halts if halt not in earlier.halts],
            heights=self.heights[max(0, len(earlier.heights) - 1) :],
            buffer_s=self.buffer_s,
        )

    def __str__(self) -> str:
        halts = ", ".join(map(str, self.halts)) or "no halts"
        seen = f"too busy to show {self.busy_ratio:.2%}; {halts}; heights {self.heights}"
        return f"rebuffer ratio {self.rebuffer_ratio:.2%} of {self.wall_s:.0f} s ({seen})"


def start_watching(page: Page) -> None:
    page.evaluate(WATCH)


def stop_watching(page: Page) -> Watched:
    """What was seen since ``start_watching``; may be asked again and again."""
    seen: dict[str, Any] = page.evaluate(READ)
    return Watched(
        wall_s=seen["waited"] / 1000,
        played_s=seen["at"] - seen["from"],
        dry_s=seen["dry"] / 1000,
        busy_s=seen["busy"] / 1000,
        halts=[Halt(at, lasted_ms / 1000, ahead) for at, lasted_ms, ahead in seen["halts"]],
        heights=[height for _, height in seen["heights"]],
        buffer_s=seen["ahead"],
    )


def rungs_asked(requests: Iterable[Request]) -> list[str]:
    """The pictures that were asked for, in order, without repetition."""
    rungs: list[str] = []
    for request in requests:
        found = SEGMENT.search(request.path)
        if found and rungs[-1:] != [found[1]]:
            rungs.append(found[1])
    return rungs
