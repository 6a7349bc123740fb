/** Subtitles that are pictures: which are on screen at a moment, and where in the picture they lie. Pure. */

export interface ImageCue {
  /** Seconds. */
  start: number;
  end: number;
  /** Pixels of the canvas that the track was drawn for. */
  x: number;
  y: number;
  w: number;
  h: number;
  url: string;
}

export interface ImageTrack {
  width: number;
  height: number;
  cues: ImageCue[];
}

export interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

interface Size {
  width: number;
  height: number;
}

/** Where the film's picture lies in its element: centred, whole, with bars on two sides (object-fit: contain). */
export function pictureBox(element: Size, picture: Size): Box {
  const isKnown = element.width > 0 && element.height > 0 && picture.width > 0 && picture.height > 0;
  if (!isKnown) return { left: 0, top: 0, width: element.width, height: element.height };
  const scale = Math.min(element.width / picture.width, element.height / picture.height);
  const [width, height] = [picture.width * scale, picture.height * scale];
  return { left: (element.width - width) / 2, top: (element.height - height) / 2, width, height };
}

/**
 * A cue in the element's pixels. The canvas is as wide as the picture; when its shape differs (discs draw on 16:9, the
 * film was cropped) it stays centred on the picture, so that words in the cropped bars land in the bars.
 */
export function placeCue(cue: ImageCue, canvas: Size, box: Box): Box {
  const scale = box.width / canvas.width;
  const top = box.top + (box.height - canvas.height * scale) / 2;
  return {
    left: box.left + cue.x * scale,
    top: top + cue.y * scale,
    width: cue.w * scale,
    height: cue.h * scale,
  };
}

/** Moved up or down, never out of the element: words below the edge cannot be read. */
export function keepInside(box: Box, element: Size): Box {
  const lowest = Math.max(0, element.height - box.height);
  return { ...box, top: Math.min(Math.max(0, box.top), lowest) };
}

export function activeCues(cues: readonly ImageCue[], time: number): ImageCue[] {
  return cues.filter(({ start, end }) => start <= time && time < end);
}

/** Seconds of the next change on screen after `time`; null when nothing comes any more. */
export function nextChange(cues: readonly ImageCue[], time: number): number | null {
  let next: number | null = null;
  for (const { start, end } of cues) {
    for (const moment of [start, end]) {
      if (moment > time && (next === null || moment < next)) next = moment;
    }
  }
  return next;
}

/** The server's JSON with every picture's address made whole; cues without a sensible place or time are left out. */
export function readImageTrack(data: unknown, base: string): ImageTrack {
  const { width, height, cues } = (data ?? {}) as Partial<ImageTrack>;
  if (!isPositive(width) || !isPositive(height) || !Array.isArray(cues)) return { width: 1, height: 1, cues: [] };
  const whole = cues.filter(isCue).map((cue) => ({ ...cue, url: new URL(cue.url, base).href }));
  return { width, height, cues: whole };
}

function isPositive(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value) && value > 0;
}

function isCue(cue: Partial<ImageCue> | null): cue is ImageCue {
  if (cue === null || typeof cue !== "object" || typeof cue.url !== "string") return false;
  const { start, end, x, y } = cue;
  const isNumber = [start, end, x, y].every((value) => typeof value === "number" && Number.isFinite(value));
  return isNumber && isPositive(cue.w) && isPositive(cue.h) && Number(end) > Number(start);
}
