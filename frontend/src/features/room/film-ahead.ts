/** Browsers play over a hole of this length; films begin with one, where their first picture is shown a little late. */
const HOLE_S = 0.25;

/** Seconds of film that are here from `position` on. */
export function filmAhead({ buffered }: Pick<HTMLVideoElement, "buffered">, position: number): number {
  for (let i = 0; i < buffered.length; i += 1) {
    const end = buffered.end(i);
    if (buffered.start(i) - HOLE_S <= position && position <= end) return end - position;
  }
  return 0;
}
