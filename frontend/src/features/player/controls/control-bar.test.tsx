import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it, vi } from "vitest";
import { createActions, soloTransport } from "../actions";
import { PlayerContext } from "../context";
import { createPlayerStore } from "../store";
import { ControlBar } from "./ControlBar";

function show() {
  const video = document.createElement("video");
  let isPaused = true;
  Object.defineProperty(video, "paused", { get: () => isPaused });
  const play = vi.spyOn(video, "play").mockImplementation(async () => go(false));
  const pause = vi.spyOn(video, "pause").mockImplementation(() => go(true));
  const go = (isResting: boolean): void => {
    isPaused = isResting;
    video.dispatchEvent(new Event(isResting ? "pause" : "play"));
  };
  const store = createPlayerStore(100);
  const stage = document.createElement("div");
  const actions = createActions({ store, video, stage, engine: () => null, transport: soloTransport(video) });
  render(
    <QueryClientProvider client={new QueryClient()}>
      <PlayerContext value={{ store, actions, video, stage, kbps: () => 0, step: () => undefined, own: null }}>
        <ControlBar isIdle={false} />
      </PlayerContext>
    </QueryClientProvider>,
  );
  return { go, play, pause };
}

it("offers to play what rests and to pause what goes, whoever moved it", async () => {
  const { go, play, pause } = show();
  await userEvent.click(screen.getByRole("button", { name: "Play" }));
  expect(play).toHaveBeenCalledOnce();
  await userEvent.click(screen.getByRole("button", { name: "Pause" }));
  expect(pause).toHaveBeenCalledOnce();
  act(() => go(false));
  expect(screen.getByRole("button", { name: "Pause" })).toBeInTheDocument();
});
