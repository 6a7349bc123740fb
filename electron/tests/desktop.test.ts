import { EventEmitter } from "node:events";
import type { BrowserWindow } from "electron";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { Awake } from "../src/awake";
import { Desktop } from "../src/desktop";
import type { PagesEvents } from "../src/windows";

class Window extends EventEmitter {
  isOpen = true;
  focus = vi.fn();
  restore = vi.fn();
  isMinimized = () => true;
  destroy(): void {
    this.isOpen = false;
    this.emit("closed");
  }
}

let opened: { shows: string; window: Window; events?: PagesEvents }[] = [];
const saveAddress = vi.fn();

function open(shows: string, events?: PagesEvents): BrowserWindow {
  const window = new Window();
  opened.push({ shows, window, ...(events && { events }) });
  return window as unknown as BrowserWindow;
}

function desktop(): Desktop {
  return new Desktop({ openPages: open, openAddressForm: () => open("form"), saveAddress, letSleep: vi.fn() });
}

const shown = (): string[] => opened.filter(({ window }) => window.isOpen).map(({ shows }) => shows);

beforeEach(() => {
  opened = [];
  saveAddress.mockClear();
});

describe("the desktop", () => {
  it("asks for the address on the first start, keeps it and goes there", () => {
    const program = desktop();
    program.start(undefined, null);
    expect(shown()).toEqual(["form"]);
    expect(program.home).toBe("");
    expect(program.choose("nas:8000")).toBe("");
    expect(shown()).toEqual(["http://nas:8000"]);
    expect(program.home).toBe("http://nas:8000");
    expect(saveAddress).toHaveBeenCalledWith("http://nas:8000");
  });

  it("says what is wrong with an address and stays", () => {
    const program = desktop();
    program.start(undefined, null);
    expect(program.choose("ftp://nas")).toContain("not a web address");
    expect(shown()).toEqual(["form"]);
    expect(saveAddress).not.toHaveBeenCalled();
  });

  it("prefers the wished address, and does not keep it", () => {
    const program = desktop();
    program.start("http://other:1", "http://nas:8000");
    expect(shown()).toEqual(["http://other:1"]);
    expect(saveAddress).not.toHaveBeenCalled();
  });

  it("says that a wished address is no address", () => {
    const program = desktop();
    program.start("ftp://x", "http://nas:8000");
    expect(shown()).toEqual(["form"]);
    expect(program.state).toEqual({ address: "ftp://x", problem: expect.stringContaining("not a web address") });
  });

  it("offers the form with the reason when the server does not answer", () => {
    const program = desktop();
    program.start(undefined, "http://nas:8000");
    opened[0]?.events?.onUnreachable("ERR_CONNECTION_REFUSED");
    expect(shown()).toEqual(["form"]);
    expect(program.state.address).toBe("http://nas:8000");
    expect(program.state.problem).toContain("ERR_CONNECTION_REFUSED");
  });

  it("does not listen to a window it has replaced", () => {
    const program = desktop();
    program.start(undefined, "http://nas:8000");
    program.choose("http://other:1");
    opened[0]?.events?.onUnreachable("ERR_FAILED");
    expect(shown()).toEqual(["http://other:1"]);
  });

  it("opens the closed window again, and only raises an open one", () => {
    const program = desktop();
    program.start(undefined, "http://nas:8000");
    program.focus();
    expect(opened[0]?.window.restore).toHaveBeenCalled();
    expect(opened).toHaveLength(1);
    opened[0]?.window.destroy();
    program.focus();
    expect(shown()).toEqual(["http://nas:8000"]);
  });
});

describe("keeping the screen on", () => {
  it("holds once and lets go once", () => {
    const blocker = { start: vi.fn(() => 0), stop: vi.fn() };
    const awake = new Awake(blocker);
    for (const isNeeded of [false, true, true, false, false]) awake.set(isNeeded);
    expect(blocker.start).toHaveBeenCalledTimes(1);
    expect(blocker.stop).toHaveBeenCalledTimes(1);
    expect(blocker.stop).toHaveBeenCalledWith(0);
  });
});
