"""Watches a film play: stalls, switches of quality and what was fetched, as the page itself sees them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Page

from tests.shaping import Request

EMPTY_S = 0.5
SEGMENT = re.compile(r"/media/.*/(v[\w-]+)/\d+\.m4s")

# Wall time and media time since the film began to move; their difference is what the viewer waited. A `waiting` event
# after that with nothing left in the buffer is a stall, unless the viewer jumped; with seconds left in it, the machine
# was too busy to decode. The height of each presented picture tells the rung on screen.
WATCH = """async () => {
  const found = () => document.querySelector('[data-testid=video]');
  while (!found()) await new Promise(done => setTimeout(done, 20));
  const video = found();
  const seen = window.__seen = {began: 0, from: 0, heights: [], waits: []};
  const begin = () => {
    if (seen.began) return;
    seen.began = performance.now();
    seen.from = video.currentTime;
  };
  if (!video.paused && video.readyState >= HTMLMediaElement.HAVE_FUTURE_DATA) begin();
  video.addEventListener('playing', begin);
  const look = (now, meta) => {
    if (seen.heights.at(-1)?.[1] !== meta.height) seen.heights.push([meta.mediaTime, meta.height]);
    video.requestVideoFrameCallback(look);
  };
  video.requestVideoFrameCallback(look);
  video.addEventListener('waiting', () => {
    const ranges = video.buffered;
    const ends = Array.from({length: ranges.length}, (_, i) => [ranges.start(i), ranges.end(i)])
      .filter(([start, end]) => start <= video.currentTime + 0.1 && end > video.currentTime).map(([, end]) => end);
    const left = Math.max(0, ...ends.map(end => end - video.currentTime));
    if (seen.began && !video.seeking) seen.waits.push([performance.now() - seen.began, video.currentTime, left]);
  });
}"""
READ = """() => {
  const video = document.querySelector('[data-testid=video]');
  const seen = window.__seen;
  const ranges = video.buffered;
  const spans = Array.from({length: ranges.length}, (_, i) => [ranges.start(i), ranges.end(i)]);
  const ahead = spans.filter(([start, end]) => start <= video.currentTime + 0.1 && end > video.currentTime);
  return {...seen, waited: seen.began ? performance.now() - seen.began : 0, at: video.currentTime,
          ahead: ahead.length ? ahead[0][1] - video.currentTime : 0};
}"""


@dataclass(frozen=True)
class Watched:
    wall_s: float  # since the film began to move
    played_s: float
    stalls: int
    hiccups: int  # the film stood although its next pictures were there
    heights: list[int]  # of the pictures shown, in order, without repetition
    buffer_s: float

    @property
    def rebuffer_ratio(self) -> float:
        """Share of the time since the film began to move in which it stood still; 1 when it never moved."""
        return max(0.0, 1 - self.played_s / self.wall_s) if self.wall_s else 1.0


def start_watching(page: Page) -> None:
    page.evaluate(WATCH)


def stop_watching(page: Page) -> Watched:
    """What was seen since ``start_watching``; may be asked again and again."""
    seen: dict[str, Any] = page.evaluate(READ)
    return Watched(
        wall_s=seen["waited"] / 1000,
        played_s=seen["at"] - seen["from"],
        stalls=sum(left < EMPTY_S for _, _, left in seen["waits"]),
        hiccups=sum(left >= EMPTY_S for _, _, left in seen["waits"]),
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
