import { afterEach, expect, it } from "vitest";
import { isTaken } from "./use-shortcuts";

afterEach(() => document.body.replaceChildren());

function isTakenAt(html: string, key: string): boolean {
  document.body.innerHTML = html;
  let isIt = false;
  const onKey = (event: KeyboardEvent): void => {
    isIt = isTaken(event);
  };
  window.addEventListener("keydown", onKey, { once: true });
  const target = document.querySelector("[data-here]") ?? document.body;
  target.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
  return isIt;
}

it.each([
  ["an input", "<input data-here>", "k"],
  ["a button", "<button data-here></button>", " "],
  ["the line that opens a part of the panel", "<details><summary data-here></summary></details>", "Enter"],
  ["the chat", '<div role="log" tabindex="0" data-here></div>', "ArrowUp"],
  ["the chat", '<div role="log" tabindex="0" data-here></div>', " "],
  ["a tab of the panel", '<div role="tabpanel"><p tabindex="0" data-here></p></div>', "Home"],
])("%s keeps its key", (_name, html, key) => {
  expect(isTakenAt(html, key)).toBe(true);
});

it.each([
  ["the page", "", "ArrowLeft"],
  ["a button", "<button data-here></button>", "ArrowLeft"],
  ["the chat", '<div role="log" tabindex="0" data-here></div>', "k"],
])("%s leaves the player its key", (_name, html, key) => {
  expect(isTakenAt(html, key)).toBe(false);
});
