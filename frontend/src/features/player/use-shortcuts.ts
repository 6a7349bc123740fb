import { useEffect } from "react";
import type { PlayerHandle } from "./context";
import { shortcutFor } from "./shortcuts";

/** Keys that a focused control needs for itself. */
const CONTROL_KEYS: ReadonlySet<string> = new Set([" ", "Enter"]);
const CONTROLS = "button, a, summary";
/** Keys that scroll what is read, and move to and fro in it. */
const READING_KEYS: ReadonlySet<string> = new Set([
  "ArrowUp",
  "ArrowDown",
  "ArrowLeft",
  "ArrowRight",
  "Home",
  "End",
  "PageUp",
  "PageDown",
  " ",
]);
const READING = "[role=log], [role=tabpanel]";
const TYPING = "input, textarea, select, [contenteditable=true], [role=menu], [role=dialog]";

/** Somebody types, or a control has the key. */
export function isTaken(event: KeyboardEvent): boolean {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return true;
  const target = event.target instanceof Element ? event.target : null;
  if (target?.closest(TYPING)) return true;
  if (READING_KEYS.has(event.key) && target?.closest(READING)) return true;
  return CONTROL_KEYS.has(event.key) && target?.closest(CONTROLS) != null;
}

/** The player's keys work anywhere on its page, except where somebody types or a menu is open. */
export function useShortcuts(handle: PlayerHandle | null): void {
  useEffect(() => {
    if (handle === null) return;
    const onKey = (event: KeyboardEvent): void => {
      const shortcut = isTaken(event) ? undefined : shortcutFor(event.key);
      if (shortcut === undefined) return;
      event.preventDefault();
      shortcut.run(handle.actions, handle.store, event.key);
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [handle]);
}
