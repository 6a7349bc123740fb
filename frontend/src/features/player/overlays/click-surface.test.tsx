import { fireEvent, render } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { createActions, type Transport } from "../actions";
import { PlayerContext } from "../context";
import { createPlayerStore } from "../store";
import { ClickSurface } from "./ClickSurface";

function show(isShared: boolean) {
  const video = document.createElement("video");
  const stage = document.createElement("div");
  stage.requestFullscreen = vi.fn(async () => undefined);
  const store = createPlayerStore(100);
  let isPaused = false;
  const transport: Transport = {
    play: vi.fn(),
    pause: vi.fn(),
    seek: vi.fn(),
    setRate: vi.fn(),
    offersPlay: () => isPaused,
    watchOffer: () => () => undefined,
    isShared,
    can: { playPause: true, seek: true, rate: true },
  };
  const actions = createActions({ store, video, stage, engine: () => null, transport });
  const { container, unmount } = render(
    <PlayerContext value={{ store, actions, video, stage, kbps: () => 0, step: () => undefined, own: null }}>
      <ClickSurface isIdle={false} />
    </PlayerContext>,
  );
  const click = (): void => {
    fireEvent.pointerUp(container.firstElementChild as Element, { pointerType: "mouse", button: 0 });
  };
  const rest = (): void => {
    isPaused = true;
  };
  return { click, rest, transport, stage, unmount };
}

beforeEach(() => {
  vi.useFakeTimers();
  Object.defineProperty(document, "fullscreenEnabled", { configurable: true, value: true });
  Object.defineProperty(document, "fullscreenElement", { configurable: true, value: null });
});

afterEach(() => {
  vi.useRealTimers();
});

it("pauses the own film at once", () => {
  const { click, transport } = show(false);
  click();
  expect(transport.pause).toHaveBeenCalledTimes(1);
});

it("pauses the film of others when the click was no double click", () => {
  const { click, transport } = show(true);
  click();
  expect(transport.pause).not.toHaveBeenCalled();
  vi.advanceTimersByTime(300);
  expect(transport.pause).toHaveBeenCalledTimes(1);
});

it("does what it showed at the click, whatever somebody else did since", () => {
  const { click, rest, transport } = show(true);
  click();
  rest();
  vi.advanceTimersByTime(300);
  expect(transport.pause).toHaveBeenCalledTimes(1);
  expect(transport.play).not.toHaveBeenCalled();
});

it("fills the screen by a double click and leaves the film of others alone", () => {
  const { click, transport, stage } = show(true);
  click();
  click();
  vi.advanceTimersByTime(1_000);
  expect(stage.requestFullscreen).toHaveBeenCalledTimes(1);
  expect(transport.pause).not.toHaveBeenCalled();
});

it("does nothing any more once it is gone", () => {
  const { click, transport, unmount } = show(true);
  click();
  unmount();
  vi.advanceTimersByTime(1_000);
  expect(transport.pause).not.toHaveBeenCalled();
});
