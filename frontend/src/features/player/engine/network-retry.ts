/**
 * When to ask again after the network failed: soon at first, then every 15 s for as long as the player lives, and at
 * once when the browser says that it is online again.
 */
const SOON_MS = [1_000, 2_000, 4_000, 8_000] as const;
const LATER_MS = 15_000;

export class NetworkRetry {
  private failures = 0;
  private timer: number | undefined;

  constructor(private readonly again: () => void) {
    window.addEventListener("online", this.onOnline);
  }

  /** Plan the next try. True when the quick ones are used up: then it is no hiccup any more. */
  failed(): boolean {
    const delay = SOON_MS[this.failures];
    this.failures += 1;
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(this.now, delay ?? LATER_MS);
    return delay === undefined;
  }

  /** Something came through: the next failure is a new one. A try that is planned stays planned. */
  succeeded(): void {
    this.failures = 0;
  }

  destroy(): void {
    window.clearTimeout(this.timer);
    window.removeEventListener("online", this.onOnline);
  }

  private readonly now = (): void => {
    this.timer = undefined;
    this.again();
  };

  private readonly onOnline = (): void => {
    if (this.timer === undefined) return;
    window.clearTimeout(this.timer);
    this.failures = 0;
    this.now();
  };
}
