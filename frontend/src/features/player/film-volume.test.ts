import { expect, it } from "vitest";
import { chooseVolume, chosenVolume, setFilmGain } from "./film-volume";

it("lowers the film and keeps what the person chose", () => {
  const video = document.createElement("video");
  chooseVolume(video, 0.8);
  setFilmGain(video, 0.35);
  expect(video.volume).toBeCloseTo(0.28, 6);
  expect(chosenVolume(video)).toBe(0.8);
  setFilmGain(video, 1);
  expect(video.volume).toBe(0.8);
});

it("takes a choice that is made while the film is low", () => {
  const video = document.createElement("video");
  setFilmGain(video, 0.5);
  chooseVolume(video, 0.4);
  expect(video.volume).toBeCloseTo(0.2, 6);
  expect(chosenVolume(video)).toBe(0.4);
});

it("takes what the system does to the element for a choice", () => {
  const video = document.createElement("video");
  chooseVolume(video, 1);
  setFilmGain(video, 0.5);
  video.volume = 0.25;
  expect(chosenVolume(video)).toBe(0.5);
  setFilmGain(video, 1);
  expect(video.volume).toBe(0.5);
});

it("survives silence", () => {
  const video = document.createElement("video");
  chooseVolume(video, 0);
  setFilmGain(video, 0.35);
  expect(chosenVolume(video)).toBe(0);
  expect(video.volume).toBe(0);
});
