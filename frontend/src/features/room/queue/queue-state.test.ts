import { describe, expect, it } from "vitest";
import type { QueueBody, TimelineBody, TitleCard } from "@/types/frames.gen";
import { createRoomStore, type RoomState } from "../room-store";
import { nextAtMs, withQueue } from "./queue-state";

const card = (name: string): TitleCard => ({
  id: name,
  name,
  year: null,
  poster_url: null,
  backdrop_url: null,
  color: "#000000",
  availability: "ready",
  runtime_min: null,
  tmdb_id: null,
  leaves_at: null,
});
const queue = (over: Partial<QueueBody>): QueueBody => ({
  rev: 5,
  on: card("one"),
  items: [{ qid: "q1", title: card("two"), by: "bob", name: "Bob", votes: 0, mine: false }],
  next: { rev: 7, at_ms: 90_000 },
  poll: null,
  ...over,
});
const timeline = (rev: number): TimelineBody => ({
  rev,
  epoch: 1,
  item: "one",
  position_ms: 0,
  rate: 1,
  at_ms: 0,
  playing: true,
  duration_ms: 60_000,
  cause: "play",
  by: null,
  wait: null,
});
const state = (over: Partial<RoomState>): RoomState => ({ ...createRoomStore().getState(), ...over });
const room = { id: "r", name: "Friday", preset: "friends" as const, title: card("one") };

describe("the queue of a page", () => {
  it("is replaced by a newer one or the same, never by an older one", () => {
    const known = state({ queue: queue({ rev: 5 }), room });
    expect(withQueue(known, queue({ rev: 6 })).queue?.rev).toBe(6);
    expect(withQueue(known, queue({ rev: 5, items: [] })).queue?.items).toEqual([]);
    expect(withQueue(known, queue({ rev: 4 }))).toEqual({});
  });

  it("brings the name of the film that is on", () => {
    expect(withQueue(state({ room }), queue({ on: card("two") })).room?.title.name).toBe("two");
    expect(withQueue(state({ room: null }), queue({})).room).toBeNull();
  });
});

describe("the countdown to the next film", () => {
  it("belongs to one revision of the timeline", () => {
    expect(nextAtMs(queue({}), timeline(7))).toBe(90_000);
    expect(nextAtMs(queue({}), timeline(8))).toBeNull();
  });

  it("needs a next film", () => {
    expect(nextAtMs(queue({ items: [] }), timeline(7))).toBeNull();
    expect(nextAtMs(queue({ next: null }), timeline(7))).toBeNull();
    expect(nextAtMs(null, timeline(7))).toBeNull();
    expect(nextAtMs(queue({}), null)).toBeNull();
  });
});
