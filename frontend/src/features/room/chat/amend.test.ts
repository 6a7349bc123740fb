import { describe, expect, it } from "vitest";
import { randomFrom } from "@/features/player/engine/random.test-support";
import type { EventBody } from "@/types/frames.gen";
import { addEvents, type ChatLine, type Line, restart } from "../feed";
import { amend, canEdit, canRemove } from "./amend";

const event = (seq: number, over: Partial<EventBody> = {}): EventBody => ({
  seq,
  k: "chat",
  at: "2026-01-01T00:00:00Z",
  by: "bob",
  name: "Bob",
  cid: `c${seq}`,
  ...over,
});

const react = (seq: number, reply: number, emoji: string, on: "yes" | "no", by = "bob"): EventBody =>
  event(seq, { k: "reacted", reply, by, data: { emoji, on } });

const STORY: EventBody[] = [
  event(1, { text: "helo" }),
  event(2, { text: "an answer", reply: 1, by: "alice" }),
  event(3, { k: "edited", reply: 1, text: "hello" }),
  react(4, 1, "heart", "yes", "alice"),
  react(5, 1, "heart", "yes"),
  react(6, 1, "heart", "no", "alice"),
  event(7, { k: "edited", reply: 1, text: "hello!" }),
  event(8, { text: "nonsense" }),
  react(9, 8, "sad", "yes"),
  event(10, { k: "deleted", reply: 8 }),
  event(11, { k: "paused" }),
];

const read = (events: EventBody[]) => amend(addEvents([], events));
const message = (lines: Line[], seq: number): ChatLine => {
  const found = amend(lines).find((line) => line.seq === seq);
  if (found?.kind !== "chat") throw new Error(`no message ${seq}`);
  return found;
};

describe("messages as they stand now", () => {
  it("shows the newest words, who feels what, and no line for a change", () => {
    const lines = addEvents([], STORY);
    expect(amend(lines).map(({ seq }) => seq)).toEqual([1, 2, 8, 11]);
    expect(message(lines, 1)).toMatchObject({ text: "hello!", editedSeq: 7, reactions: { heart: ["bob"] } });
    expect(message(lines, 2)).toMatchObject({ text: "an answer", reply: 1, editedSeq: 0 });
    expect(message(lines, 8)).toMatchObject({ text: "", isRemoved: true, reactions: {} });
  });

  it("comes out the same in whatever order events arrive, however often", () => {
    const expected = read(STORY);
    for (let seed = 1; seed <= 200; seed += 1) {
      const random = randomFrom(seed);
      const arriving = [...STORY, ...STORY].sort(() => random() - 0.5);
      const lines = arriving.reduce<Line[]>((all, next) => addEvents(all, [next]), []);
      expect(amend(lines)).toEqual(expected);
    }
  });

  it("does not bring old words back to a message that came in its newest form", () => {
    const newest = event(1, { text: "hello!", data: { edited: "7" } });
    const older = event(3, { k: "edited", reply: 1, text: "hello" });
    expect(message(addEvents([], [newest, older]), 1)).toMatchObject({ text: "hello!", editedSeq: 7 });
  });

  it("keeps a removed message removed, whatever else is told of it", () => {
    const gone = event(1, { data: { deleted: "9" } });
    const later = [event(10, { k: "edited", reply: 1, text: "back" }), react(11, 1, "wow", "yes")];
    expect(message(addEvents([], [gone, ...later]), 1)).toMatchObject({ text: "", isRemoved: true, reactions: {} });
  });

  it("goes on from the reactions that a newcomer found", () => {
    const found = event(1, { text: "hello", data: { heart: "alice bob", wow: "bob" } });
    const lines = restart([], [found]);
    expect(message(lines, 1).reactions).toEqual({ heart: ["alice", "bob"], wow: ["bob"] });
    const after = addEvents(lines, [react(20, 1, "heart", "no", "alice"), react(21, 1, "heart", "yes")]);
    expect(message(after, 1).reactions).toEqual({ heart: ["bob"], wow: ["bob"] });
  });

  it("ignores an emoji of a newer server", () => {
    expect(message(addEvents([], [event(1), react(2, 1, "dragon", "yes")]), 1).reactions).toEqual({});
  });

  it("keeps 500 messages however much people react", () => {
    const messages = Array.from({ length: 600 }, (_, i) => event(i + 1));
    const storm = Array.from({ length: 900 }, (_, i) => react(i + 601, 600, "wow", i % 2 === 0 ? "yes" : "no"));
    expect(read([...messages, ...storm])).toHaveLength(500);
  });
});

describe("what one may do with a message", () => {
  const line = message(addEvents([], [event(1)]), 1);
  const saidMs = Date.parse("2026-01-01T00:00:00Z");
  const soonMs = saidMs + 60_000;
  const lateMs = saidMs + 16 * 60_000;
  const bob = { id: "bob", can: ["chat"] };
  const host = { id: "alice", can: ["chat", "kick"] };

  it("own words for 15 minutes, others' never", () => {
    expect(canEdit(line, { ...bob, can: ["react"] }, soonMs)).toBe(false);
    expect([canEdit(line, bob, soonMs), canEdit(line, bob, lateMs), canEdit(line, host, soonMs)]).toEqual([
      true,
      false,
      false,
    ]);
  });

  it("a host takes away anything at any time", () => {
    expect([canRemove(line, bob, soonMs), canRemove(line, bob, lateMs), canRemove(line, host, lateMs)]).toEqual([
      true,
      false,
      true,
    ]);
  });

  it("nothing with a message on its way or removed", () => {
    for (const no of [
      { ...line, seq: null },
      { ...line, isRemoved: true },
    ]) {
      expect([canEdit(no, bob, soonMs), canRemove(no, host, soonMs)]).toEqual([false, false]);
    }
  });
});
