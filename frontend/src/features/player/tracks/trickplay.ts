/** Small pictures of the whole film for the seek bar: WebVTT whose cues name a part of a sheet. Pure. */
import type { Sprite } from "./types";

const TIMES = /^(\d+(?::\d+)+\.\d+)\s+-->\s+(\d+(?::\d+)+\.\d+)/;
const PART = /^(.+)#xywh=(\d+),(\d+),(\d+),(\d+)$/;

/** "01:02:03.500" or "02:03.500" -> seconds. */
function secondsOf(clock: string): number {
  return clock.split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
}

/** Cues in order of time; `base` is the address of the WebVTT file, which sheets are named relative to. */
export function parseTrickplay(text: string, base: string): Sprite[] {
  const sprites: Sprite[] = [];
  const lines = text.split(/\r?\n/);
  for (const [index, line] of lines.entries()) {
    const times = TIMES.exec(line.trim());
    const part = PART.exec(lines[index + 1]?.trim() ?? "");
    if (times === null || part === null) continue;
    const [x, y, width, height] = part.slice(2).map(Number) as [number, number, number, number];
    const [start, end] = [secondsOf(times[1] ?? ""), secondsOf(times[2] ?? "")];
    sprites.push({ start, end, url: new URL(part[1] ?? "", base).href, x, y, width, height });
  }
  return sprites.sort((a, b) => a.start - b.start);
}

/** The picture for a moment: the last one that has begun, so that gaps show what came before them. */
export function spriteAt(sprites: readonly Sprite[], time: number): Sprite | null {
  let [low, high] = [0, sprites.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sprites[middle]?.start ?? 0) <= time) low = middle + 1;
    else high = middle;
  }
  return sprites[Math.max(0, low - 1)] ?? null;
}
