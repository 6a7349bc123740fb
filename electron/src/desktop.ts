/** Which window is open, and which server it shows. */
import type { BrowserWindow } from "electron";
import { parseAddress } from "./address";
import type { AddressState } from "./channels";
import type { PagesEvents } from "./windows";

const NOT_AN_ADDRESS = "That is not a web address. Try https://films.example.org or http://nas:8000.";

/** What the desktop needs of the world, so that tests can stand in for it. */
export interface World {
  openPages(address: string, events: PagesEvents): BrowserWindow;
  openAddressForm(): BrowserWindow;
  saveAddress(address: string): void;
  letSleep(): void;
}

export class Desktop {
  #home = "";
  #problem = "";
  #typed = "";
  #window: BrowserWindow | null = null;

  constructor(private readonly world: World) {}

  /** The server's origin; "" (nobody's origin) while there is none. */
  get home(): string {
    return this.#home;
  }

  get state(): AddressState {
    return { address: this.#typed, problem: this.#problem };
  }

  /** `wished` comes from the environment and is not saved; a bad one is said, not passed over. */
  start(wished: string | undefined, saved: string | null): void {
    this.#typed = wished || saved || "";
    const address = parseAddress(this.#typed);
    if (address !== null) this.#show(address);
    else this.ask(this.#typed === "" ? "" : NOT_AN_ADDRESS);
  }

  /** Open the form in place of the pages. */
  ask(problem = ""): void {
    this.#problem = problem;
    this.#replace(this.world.openAddressForm());
  }

  choose(typed: string): string {
    const address = parseAddress(typed);
    if (address === null) return NOT_AN_ADDRESS;
    this.#typed = address;
    this.world.saveAddress(address);
    this.#show(address);
    return "";
  }

  /** The one window there is comes to the front; a closed one comes back. */
  focus(): void {
    if (this.#window === null) this.start(this.#typed, null);
    else if (this.#window.isMinimized()) this.#window.restore();
    this.#window?.focus();
  }

  #show(address: string): void {
    this.#home = address;
    const window = this.world.openPages(address, {
      onUnreachable: (reason) => {
        if (this.#window === window) this.ask(`${address} does not answer (${reason}).`);
      },
      onPageGone: this.world.letSleep,
    });
    this.#replace(window);
  }

  /** The new window is there before the old one goes: a program without windows would end. */
  #replace(window: BrowserWindow): void {
    const old = this.#window;
    this.#window = window;
    window.on("closed", () => {
      if (this.#window === window) this.#window = null;
    });
    old?.destroy();
  }
}
