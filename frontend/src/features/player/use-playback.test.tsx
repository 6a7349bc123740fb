import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, renderHook } from "@testing-library/react";
import Hls from "hls.js";
import type { ReactNode } from "react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ApiError } from "@/lib/api";
import { json } from "@/test/fixtures";
import { serve } from "@/test/render";
import { PLAYER_SESSION } from "./player-session";
import { reasonOf, usePlayback } from "./use-playback";

const MINUTE_MS = 60_000;
const PLAY = "POST /titles/t1/play";

function use() {
  const client = new QueryClient({ defaultOptions: { queries: { retry: false, networkMode: "always" } } });
  const wrapper = ({ children }: { children: ReactNode }) => (
    <QueryClientProvider client={client}>{children}</QueryClientProvider>
  );
  return renderHook(() => usePlayback({ titleId: "t1", startAt: 300, isReady: true }), { wrapper });
}

const pass = (ms: number) => act(() => vi.advanceTimersByTimeAsync(ms));

describe("permission to play", () => {
  let answer: () => Response;
  let asked: string[];
  // The browser's clock is years ahead of the server's.
  const good = () => json({ master_url: "/media/a", lasting_url: "/media/l", expires_at: "2001-01-01T00:00:00Z" });

  beforeEach(() => {
    vi.useFakeTimers();
    answer = good;
    asked = serve({ [PLAY]: () => answer() });
  });
  afterEach(() => {
    vi.restoreAllMocks();
    vi.unstubAllGlobals();
    vi.useRealTimers();
  });

  it.each([true, false])("says where the film will be opened, and only then (hls.js: %s)", async (isSupported) => {
    vi.spyOn(Hls, "isSupported").mockReturnValue(isSupported);
    const bodies: unknown[] = [];
    serve({
      [PLAY]: async (request) => {
        bodies.push(await request.json());
        return good();
      },
    });
    use();
    await pass(10 * MINUTE_MS);
    // Where the browser plays by itself, no request for media can name the player: then this one must not either.
    const name = isSupported ? { session: PLAYER_SESSION } : {};
    expect(bodies).toEqual([{ position_s: 300, ...name }, name]);
  });

  it("is renewed every nine minutes, whatever the browser's clock says", async () => {
    use();
    await pass(9 * MINUTE_MS - 1_000);
    expect(asked).toHaveLength(1);
    await pass(2_000);
    expect(asked).toHaveLength(2);
  });

  it("is not begged for by those who were refused, and asked for soon when the server was away", async () => {
    use();
    await pass(MINUTE_MS);
    answer = () => json({ code: "forbidden", detail: "No." }, 403);
    await pass(9 * MINUTE_MS);
    expect(asked).toHaveLength(2);
    await pass(4 * MINUTE_MS - 10_000);
    expect(asked).toHaveLength(2);
    answer = () => json({}, 502);
    await pass(15_000);
    expect(asked).toHaveLength(3);
    answer = good;
    await pass(15_000);
    expect(asked).toHaveLength(4);
    await pass(8 * MINUTE_MS);
    expect(asked).toHaveLength(4);
  });

  it("comes with the reason when nobody gives it", async () => {
    const { result } = use();
    await pass(0);
    answer = () => json({ code: "not_ready", detail: "Not yet." }, 409);
    const renewal = result.current.renewed();
    await pass(0);
    expect(await renewal).toEqual({ problem: "not_ready" });
  });

  it.each([
    [401, "expired"],
    [403, "forbidden"],
    [404, "missing"],
    [409, "not_ready"],
    [400, "forbidden"],
    [500, "network"],
    [503, "network"],
    [0, "network"],
  ] as const)("refused with %i is called %s", (status, problem) => {
    expect(reasonOf(new ApiError("", status, ""))).toBe(problem);
  });

  it("that breaks on the way is a matter of the line", () => {
    expect(reasonOf(new TypeError("network"))).toBe("network");
  });
});
