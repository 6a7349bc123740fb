import "@testing-library/jest-dom/vitest";
import { cleanup } from "@testing-library/react";
import { afterEach } from "vitest";
import { loadFilmWords, loadOperatorWords } from "@/lib/i18n";

/** jsdom has no layout, so nothing ever changes its size. */
class StillResizeObserver implements ResizeObserver {
  observe(): void {}
  unobserve(): void {}
  disconnect(): void {}
}

globalThis.ResizeObserver ??= StillResizeObserver;
await Promise.all([loadFilmWords(), loadOperatorWords()]);
afterEach(() => cleanup());
