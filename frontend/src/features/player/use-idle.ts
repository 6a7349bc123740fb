import { useEffect, useState } from "react";

/** Controls leave the picture alone after this long without a move or a key. */
const IDLE_AFTER_MS = 3_000;
const SIGNS = ["pointermove", "pointerdown", "keydown", "focusin"] as const;

/** True while nobody is doing anything with `stage`; never while a control in it has visible focus. */
export function useIdle(stage: HTMLElement | null): boolean {
  const [isIdle, setIdle] = useState(false);

  useEffect(() => {
    if (stage === null) return;
    let timer: number;
    const rest = (): void => {
      const focused = document.activeElement;
      const isUsingKeys = focused !== null && stage.contains(focused) && focused.matches(":focus-visible");
      if (isUsingKeys) wake();
      else setIdle(true);
    };
    const wake = (): void => {
      setIdle(false);
      window.clearTimeout(timer);
      timer = window.setTimeout(rest, IDLE_AFTER_MS);
    };
    wake();
    for (const sign of SIGNS) stage.addEventListener(sign, wake);
    return () => {
      window.clearTimeout(timer);
      for (const sign of SIGNS) stage.removeEventListener(sign, wake);
    };
  }, [stage]);

  return isIdle;
}
