import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { NetworkRetry } from "./network-retry";

describe("tries after the network failed", () => {
  const again = vi.fn();
  let retry: NetworkRetry;

  beforeEach(() => {
    vi.useFakeTimers();
    again.mockReset();
    retry = new NetworkRetry(again);
  });
  afterEach(() => {
    retry.destroy();
    vi.useRealTimers();
  });

  it("are soon at first, and never end", () => {
    const waitsMs = [1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000];
    const lasting = waitsMs.map((waitMs, tries) => {
      const isLasting = retry.failed();
      vi.advanceTimersByTime(waitMs - 1);
      expect(again).toHaveBeenCalledTimes(tries);
      vi.advanceTimersByTime(1);
      expect(again).toHaveBeenCalledTimes(tries + 1);
      return isLasting;
    });
    expect(lasting).toEqual([false, false, false, false, true, true, true]);
  });

  it("come at once when the browser is online again, and only when one was waiting", () => {
    window.dispatchEvent(new Event("online"));
    expect(again).not.toHaveBeenCalled();
    retry.failed();
    window.dispatchEvent(new Event("online"));
    expect(again).toHaveBeenCalledOnce();
    vi.advanceTimersByTime(60_000);
    expect(again).toHaveBeenCalledOnce();
  });

  it("begin anew after a success", () => {
    for (let i = 0; i < 6; i += 1) retry.failed();
    retry.succeeded();
    expect(retry.failed()).toBe(false);
  });

  it("end with the player", () => {
    retry.failed();
    retry.destroy();
    vi.advanceTimersByTime(60_000);
    window.dispatchEvent(new Event("online"));
    expect(again).not.toHaveBeenCalled();
  });
});
