import { describe, expect, it } from "vitest";
import { randomFrom } from "@/features/player/engine/random.test-support";
import type { EventBody } from "@/types/frames.gen";
import { addEvents, addPending, type Line, markPending, pendingLines, restart } from "./feed";

const event = (seq: number, over: Partial<EventBody> = {}): EventBody => ({
  seq,
  k: "chat",
  at: "2026-01-01T00:00:00Z",
  by: "bob",
  name: "Bob",
  text: `message ${seq}`,
  cid: `c${seq}`,
  ...over,
});

const own = { cid: "mine", by: "alice", name: "Alice", text: "hello", positionS: 12, reply: null };
const seqs = (lines: Line[]): (number | null)[] => lines.map(({ seq }) => seq);

describe("the feed", () => {
  it("stands in order whatever order events arrive in, each once", () => {
    for (let seed = 1; seed <= 100; seed += 1) {
      const random = randomFrom(seed);
      const events = Array.from({ length: 20 }, (_, i) => event(i + 1));
      const arriving = [...events, ...events].sort(() => random() - 0.5);
      const lines = arriving.reduce<Line[]>((all, next) => addEvents(all, [next]), []);
      expect(seqs(lines)).toEqual(events.map(({ seq }) => seq));
    }
  });

  it("shows an own message at once and replaces it when its event comes", () => {
    const sending = addPending(addEvents([], [event(1)]), own);
    expect(sending.at(-1)).toMatchObject({ text: "hello", delivery: "sending", seq: null });
    const sent = addEvents(sending, [event(2, { cid: "mine", by: "alice", text: "hello" })]);
    expect(seqs(sent)).toEqual([1, 2]);
    expect(sent.at(-1)).toMatchObject({ delivery: "sent", key: "mine" });
    expect(pendingLines(sent)).toEqual([]);
  });

  it("keeps what is on its way behind everything that has arrived", () => {
    const lines = addEvents(addPending([], own), [event(1), event(2)]);
    expect(seqs(lines)).toEqual([1, 2, null]);
  });

  it("marks a message that failed, and one that is tried again", () => {
    const failed = markPending(addPending([], own), "mine", "failed", "Too fast.");
    expect(failed[0]).toMatchObject({ delivery: "failed", failure: "Too fast." });
    expect(markPending(failed, "mine", "sending")[0]).toMatchObject({ delivery: "sending", failure: null });
  });

  it("does not mark a message that arrived after all", () => {
    const sent = addEvents(addPending([], own), [event(1, { cid: "mine" })]);
    expect(markPending(sent, "mine", "failed")[0]).toMatchObject({ delivery: "sent" });
  });

  it("starts over after a gap, but loses nothing that is on its way", () => {
    const before = addPending(addEvents([], [event(1), event(2)]), own);
    expect(seqs(restart(before, [event(700), event(701)]))).toEqual([700, 701, null]);
  });

  it("keeps the newest 500 lines", () => {
    const lines = addEvents(
      [],
      Array.from({ length: 620 }, (_, i) => event(i + 1)),
    );
    expect(lines).toHaveLength(500);
    expect(lines.at(-1)?.seq).toBe(620);
  });

  it("tells what happened apart from what was said", () => {
    const [line] = addEvents([], [event(1, { k: "paused", text: null, cid: null })]);
    expect(line).toMatchObject({ kind: "event", event: { k: "paused" } });
  });
});
