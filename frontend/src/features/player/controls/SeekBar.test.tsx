import { act, fireEvent, render, screen } from "@testing-library/react";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { createActions, type Transport } from "../actions";
import { PlayerContext } from "../context";
import { createPlayerStore } from "../store";
import { SeekBar } from "./SeekBar";

const WIDTH = 200;
const seek = vi.fn();

function show({ canSeek = true } = {}) {
  const video = document.createElement("video");
  const stage = document.createElement("div");
  const store = createPlayerStore(100);
  const transport: Transport = {
    play: vi.fn(),
    pause: vi.fn(),
    seek,
    setRate: vi.fn(),
    offersPlay: () => true,
    watchOffer: () => () => undefined,
    isShared: false,
    can: { playPause: true, seek: canSeek, rate: true },
  };
  const actions = createActions({ store, video, stage, engine: () => null, transport });
  render(
    <PlayerContext value={{ store, actions, video, stage, kbps: () => 0, step: () => undefined, own: null }}>
      <SeekBar />
    </PlayerContext>,
  );
  const bar = screen.getByTestId("seek");
  bar.getBoundingClientRect = () => new DOMRect(0, 0, WIDTH, 24);
  bar.setPointerCapture = vi.fn();
  return { bar, store, video };
}

const chapters = [
  { start: 0, end: 40, title: "Arrival" },
  { start: 40, end: 100, title: "The chase" },
];
const sprite = (start: number, x: number) => ({
  start,
  end: start + 10,
  url: "http://localhost/t00.jpg",
  x,
  y: 0,
  width: 160,
  height: 90,
});

beforeEach(() => seek.mockClear());

describe("the seek bar", () => {
  it("says where the film is", () => {
    const { bar, store } = show();
    expect(bar).toHaveAttribute("aria-valuetext", "0:00 of 1:40");
    expect(bar).toHaveAttribute("aria-valuemax", "100");
    expect(store.getState().duration).toBe(100);
  });

  it("shows the time under the pointer", () => {
    const { bar } = show();
    fireEvent.pointerMove(bar, { clientX: 150 });
    expect(screen.getByText("1:15")).toBeInTheDocument();
    fireEvent.pointerLeave(bar);
    expect(screen.queryByText("1:15")).not.toBeInTheDocument();
  });

  it("moves the film once, where the pointer is let go", () => {
    const { bar } = show();
    fireEvent.pointerDown(bar, { clientX: 20, button: 0 });
    fireEvent.pointerMove(bar, { clientX: 120 });
    expect(seek).not.toHaveBeenCalled();
    fireEvent.pointerUp(bar, { clientX: 140 });
    expect(seek.mock.calls).toEqual([[70]]);
  });

  it("moves by five seconds with the arrows", () => {
    const { bar, video } = show();
    video.currentTime = 0;
    fireEvent.keyDown(bar, { key: "ArrowRight" });
    expect(seek).toHaveBeenLastCalledWith(5);
  });

  it("says and marks the chapter", () => {
    const { bar, store } = show();
    act(() => store.setState({ chapters, time: 41 }));
    expect(bar).toHaveAttribute("aria-valuetext", "0:41 of 1:40, The chase");
    const [mark, ...others] = screen.getAllByTestId("chapter-mark");
    expect(mark).toHaveStyle({ left: "40%" });
    expect(others).toHaveLength(0); // the beginning of the film needs none
  });

  it("shows the small picture of the place under the pointer", () => {
    const { bar, store } = show();
    act(() => store.setState({ chapters, sprites: [sprite(0, 0), sprite(70, 320)] }));
    fireEvent.pointerMove(bar, { clientX: 150 });
    expect(screen.getByTestId("sprite").style.backgroundPosition).toBe("-320px 0px");
    expect(screen.getByTestId("scrub-preview")).toHaveTextContent("The chase · 1:15");
  });

  it("shows where a key led to for a moment", () => {
    vi.useFakeTimers();
    const { bar, store } = show();
    fireEvent.keyDown(bar, { key: "PageUp" });
    expect(seek).toHaveBeenLastCalledWith(60);
    act(() => store.setState({ time: 60 }));
    expect(screen.getByTestId("scrub-preview")).toHaveTextContent("1:00");
    act(() => void vi.advanceTimersByTime(2_000));
    expect(screen.queryByTestId("scrub-preview")).not.toBeInTheDocument();
    vi.useRealTimers();
  });

  it("does nothing when somebody else drives", () => {
    const { bar } = show({ canSeek: false });
    fireEvent.pointerDown(bar, { clientX: 20, button: 0 });
    fireEvent.pointerUp(bar, { clientX: 140 });
    expect(seek).not.toHaveBeenCalled();
    expect(bar).toHaveAttribute("aria-disabled", "true");
  });
});
