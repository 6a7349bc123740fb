/** What the room may watch next, as the page keeps it. Pure. Invariant: an older queue never replaces a newer one. */
import type { QueueBody, TimelineBody } from "@/types/frames.gen";
import type { RoomState } from "../room-store";

/** The film's name and artwork come with the queue, because the room moves from film to film. */
export function withQueue(state: RoomState, queue: QueueBody): Partial<RoomState> {
  if (state.queue !== null && queue.rev < state.queue.rev) return {};
  return { queue, room: state.room && { ...state.room, title: queue.on } };
}

/** Room time at which the next film begins by itself; null while none is about to. */
export function nextAtMs(queue: QueueBody | null, timeline: TimelineBody | null): number | null {
  const next = queue?.next ?? null;
  return next !== null && queue?.items.length !== 0 && next.rev === timeline?.rev ? next.at_ms : null;
}
