import { expect, it } from "vitest";
import type { Talker } from "@/types/frames.gen";
import { doesOffer, planMesh } from "./mesh-rules";

const talker = (sid: string): Talker => ({ id: sid, sid, talking: false });

it("lets exactly one of two ends offer", () => {
  for (const [a, b] of [
    ["a:1", "b:1"],
    ["b:1", "a:2"],
    ["a:1", "a:2"],
  ] as const) {
    expect(doesOffer(a, b)).not.toBe(doesOffer(b, a));
  }
});

it("connects to everybody but oneself, and to nobody else", () => {
  const who = ["me", "new", "known"].map(talker);
  expect(planMesh("me", who, ["known", "gone"])).toEqual({ open: ["new"], close: ["gone"] });
});

it("connects to nobody while we are not in the list", () => {
  expect(planMesh("me", [talker("a")], ["a"])).toEqual({ open: [], close: ["a"] });
});
