import { afterEach, describe, expect, it } from "vitest";
import { createStore } from "zustand/vanilla";
import type { EventBody } from "@/types/frames.gen";
import { addEvents, addPending } from "../feed";
import { amend } from "./amend";
import { type Guard, holdBack, isAhead, isGuardOn, keysAhead, reach, reveal, startOver, turnGuard } from "./spoilers";

const event = (seq: number, positionS: number | null, over: Partial<EventBody> = {}): EventBody => ({
  seq,
  k: "chat",
  at: "2026-01-01T00:00:00Z",
  by: "bob",
  name: "Bob",
  text: `message ${seq}`,
  cid: `c${seq}`,
  position_s: positionS,
  ...over,
});

const guard = (over: Partial<Guard> = {}): Guard => ({ isOn: true, reachedS: 100, revealed: new Set(), ...over });

function shown(events: EventBody[], state: Guard, yourId: string | null = "alice") {
  const lines = amend(addEvents([], events));
  const held = new Set(keysAhead(lines, state, yourId));
  return holdBack(lines, held).map((line) => (line.kind === "held" ? [line.fromS, line.keys.length] : line.seq));
}

afterEach(() => localStorage.clear());

describe("the spoiler guard", () => {
  it("holds back what was said more than ten seconds ahead", () => {
    expect(shown([event(1, 90), event(2, 110), event(3, 110.5)], guard())).toEqual([1, 2, [110.5, 1]]);
  });

  it("shows it when the film gets there", () => {
    expect(shown([event(1, 760)], guard())).toEqual([[760, 1]]);
    expect(shown([event(1, 760)], guard({ reachedS: 750 }))).toEqual([1]);
  });

  it("makes one line of several in a row, from the earliest of them", () => {
    const events = [event(1, 800), event(2, 760), event(3, 900), event(4, 50), event(5, 900)];
    expect(shown(events, guard())).toEqual([[760, 3], 4, [900, 1]]);
  });

  it("never holds back own words, messages without a place, or what happened", () => {
    const events = [event(1, 900, { by: "alice" }), event(2, null), event(3, 900, { k: "paused" })];
    expect(shown(events, guard())).toEqual([1, 2, 3]);
  });

  it("begins anew with another film, and leaves what was said of the last one", () => {
    const store = createStore(() => ({ guard: guard({ reachedS: 5_000, revealed: new Set(["c9"]) }) }));
    startOver(store);
    const events = [event(1, 4_000), event(2, null, { k: "switched" }), event(3, 5), event(4, 4_000)];
    expect(shown(events, store.getState().guard)).toEqual([1, 2, 3, [4_000, 1]]);
    expect(store.getState().guard).toEqual({ isOn: true, reachedS: 0, revealed: new Set() });
  });

  it("never holds back a message on its way", () => {
    const [line] = addPending([], { cid: "c", by: null, name: "", text: "x", positionS: 900, reply: null });
    expect(line !== undefined && isAhead(line, guard(), null)).toBe(false);
  });

  it("does nothing when it is off", () => {
    expect(shown([event(1, 900)], guard({ isOn: false }))).toEqual([1]);
  });

  it("shows what the person wanted to see, and keeps the rest", () => {
    const store = createStore(() => ({ guard: guard() }));
    reveal(store, ["c1"]);
    expect(shown([event(1, 900), event(2, 900)], store.getState().guard)).toEqual([1, [900, 1]]);
  });

  it("follows the film forward only: what was in sight stays", () => {
    const store = createStore(() => ({ guard: guard({ reachedS: 0 }) }));
    for (const positionS of [500, 20, 30]) reach(store, positionS);
    expect(store.getState().guard.reachedS).toBe(500);
  });

  it("is on until somebody turns it off on this device", () => {
    const store = createStore(() => ({ guard: guard() }));
    expect(isGuardOn()).toBe(true);
    turnGuard(store, false);
    expect([isGuardOn(), store.getState().guard.isOn]).toEqual([false, false]);
    turnGuard(store, true);
    expect([isGuardOn(), store.getState().guard.isOn]).toEqual([true, true]);
  });
});
