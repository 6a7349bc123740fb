import { useEffect } from "react";
import type { PlayerHandle } from "./context";
import { shortcutFor } from "./shortcuts";

/** Keys that a focused control needs for itself. */
const CONTROL_KEYS: ReadonlySet<string> = new Set([" ", "Enter"]);
const TYPING = "input, textarea, select, [contenteditable=true], [role=menu], [role=dialog]";

/** Somebody types, or a control has the key. */
export function isTaken(event: KeyboardEvent): boolean {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return true;
  const target = event.target instanceof Element ? event.target : null;
  if (target?.closest(TYPING)) return true;
  return CONTROL_KEYS.has(event.key) && target?.closest("button, a") != null;
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
