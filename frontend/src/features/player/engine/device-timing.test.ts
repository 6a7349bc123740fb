import { beforeEach, describe, expect, it } from "vitest";
import { rememberedTiming, rememberTiming, USUAL_TIMING } from "./device-timing";

beforeEach(() => localStorage.clear());

describe("what a device remembers of its timing", () => {
  it("is the usual at first", () => {
    expect(rememberedTiming()).toEqual(USUAL_TIMING);
  });

  it("is what was set", () => {
    rememberTiming({ isSameRoom: true, outputDelayMs: -120 });
    expect(rememberedTiming()).toEqual({ isSameRoom: true, outputDelayMs: -120 });
  });

  it.each(["", "null", "7", "[]", "{", '{"outputDelayMs":"100"}', '{"outputDelayMs":301}', '{"isSameRoom":1}'])(
    "is the usual where the store holds %s",
    (stored) => {
      localStorage.setItem("matinee.sync", stored);
      expect(rememberedTiming()).toEqual(USUAL_TIMING);
    },
  );
});
