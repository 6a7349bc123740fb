import { renderHook } from "@testing-library/react";
import { afterEach, expect, it, vi } from "vitest";
import { api } from "@/lib/api";
import type { PlayerHandle } from "./context";
import { createPlayerStore, type PlayerState } from "./store";
import { useProgress } from "./use-progress";

const level = { id: 2, height: 720, kbps: 2800, isSource: false };

afterEach(() => vi.restoreAllMocks());

function reportedHeight(state: Partial<PlayerState>, videoHeight: number): unknown {
  const put = vi.spyOn(api, "PUT").mockResolvedValue({} as never);
  const store = createPlayerStore(600);
  store.setState({ hasPicture: true, ...state });
  const video = Object.defineProperties(document.createElement("video"), { videoHeight: { value: videoHeight } });
  video.currentTime = 90;
  renderHook(() => useProgress({ video, store } as unknown as PlayerHandle, "title"));
  video.dispatchEvent(new Event("pause"));
  const [, report] = put.mock.calls[0] as unknown as [string, { body: { height: unknown } }];
  return report.body.height;
}

it("reports the height of the quality on screen, whatever player shows it", () => {
  expect(reportedHeight({ levels: [level], activeLevel: 2 }, 0)).toBe(720);
});

it("reports the height of the picture where the browser plays by itself", () => {
  expect(reportedHeight({ levels: [], activeLevel: null }, 480)).toBe(480);
  vi.restoreAllMocks();
  expect(reportedHeight({ levels: [], activeLevel: null }, 0)).toBeNull();
});
