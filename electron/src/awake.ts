interface Blocker {
  start(type: "prevent-display-sleep"): number;
  stop(id: number): unknown;
}

/** At most one hold on the screen, however often the page asks. */
export class Awake {
  #id: number | null = null;

  constructor(private readonly blocker: Blocker) {}

  set(isNeeded: boolean): void {
    if (isNeeded && this.#id === null) this.#id = this.blocker.start("prevent-display-sleep");
    if (isNeeded || this.#id === null) return;
    this.blocker.stop(this.#id);
    this.#id = null;
  }
}
