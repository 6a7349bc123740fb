import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { chooseVolume, chosenVolume } from "@/features/player/film-volume";
import { duckFilm } from "./film-ducker";
import { createVoiceStore, type VoiceStore } from "./voice-store";

let video: HTMLVideoElement;
let store: VoiceStore;
let stop: () => void;

beforeEach(() => {
  vi.useFakeTimers();
  video = document.createElement("video");
  chooseVolume(video, 0.8);
  store = createVoiceStore();
  stop = duckFilm(video, store);
});
afterEach(() => {
  stop();
  vi.useRealTimers();
});

function talks(talking: boolean): void {
  store.setState({ status: "on", who: [{ id: "ann", sid: "ann:1", talking }] });
}

it("lowers the film while somebody speaks, and no timer runs before or after", () => {
  expect(vi.getTimerCount()).toBe(0);
  talks(true);
  vi.advanceTimersByTime(150);
  expect(video.volume).toBeCloseTo(0.8 * 0.35, 6);
  expect(chosenVolume(video)).toBe(0.8);
  talks(false);
  vi.advanceTimersByTime(500);
  expect(video.volume).toBeCloseTo(0.8 * 0.35, 6);
  vi.advanceTimersByTime(700);
  expect(video.volume).toBe(0.8);
  expect(vi.getTimerCount()).toBe(0);
});

it("leaves the film alone for who is not in the voice chat", () => {
  store.setState({ who: [{ id: "ann", sid: "ann:1", talking: true }] });
  vi.advanceTimersByTime(1_000);
  expect(video.volume).toBe(0.8);
});

it("gives the film back as it was when the page ends, or the talk", () => {
  talks(true);
  vi.advanceTimersByTime(200);
  store.setState({ status: "off" });
  vi.advanceTimersByTime(1_200);
  expect(video.volume).toBe(0.8);
  talks(true);
  vi.advanceTimersByTime(200);
  stop();
  expect(video.volume).toBe(0.8);
  expect(vi.getTimerCount()).toBe(0);
});
