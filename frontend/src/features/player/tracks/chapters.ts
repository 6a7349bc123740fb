/** Chapters, and the parts people like to skip. Pure. */
import type { Chapter, Mark } from "./types";

/** A button that would save less than this is not worth showing. */
const SHORTEST_SKIP_S = 2;

export function chapterAt(chapters: readonly Chapter[], time: number): Chapter | null {
  return chapters.findLast(({ start }) => start <= time) ?? null;
}

/** The part to skip while the film is inside it, else null. */
export function skippable(marks: readonly Mark[], time: number): Mark | null {
  return marks.find(({ start, end }) => start <= time && time < end - SHORTEST_SKIP_S) ?? null;
}
