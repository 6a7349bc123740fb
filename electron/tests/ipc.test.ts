import { beforeEach, describe, expect, it, vi } from "vitest";
import { ADDRESS_CHOOSE, ADDRESS_READ, COPY_TEXT, KEEP_AWAKE } from "../src/channels";
import { answerPages } from "../src/ipc";

type Answer = (event: unknown, ...args: unknown[]) => unknown;
const { answers } = vi.hoisted(() => ({ answers: new Map<string, Answer>() }));
vi.mock("electron", () => ({
  ipcMain: { handle: (channel: string, answer: Answer) => answers.set(channel, answer) },
}));

const HOME = "http://nas:8000";
const FORM = "file:///app/pages/address.html";
const fromPage = { senderFrame: { url: `${HOME}/`, parent: null } };
const fromForm = { senderFrame: { url: FORM, parent: null } };
const fromStranger = { senderFrame: { url: "https://evil.example/", parent: null } };
const duties = {
  home: () => HOME,
  addressForm: FORM,
  copyText: vi.fn(),
  keepAwake: vi.fn(),
  readAddress: vi.fn(() => ({ address: HOME, problem: "" })),
  chooseAddress: vi.fn(() => ""),
};

function call(channel: string, event: unknown, ...args: unknown[]): unknown {
  return answers.get(channel)?.(event, ...args);
}

beforeEach(() => {
  vi.clearAllMocks();
  answerPages(duties);
});

describe("calls from pages", () => {
  it("does what the server's page asks", () => {
    call(COPY_TEXT, fromPage, "words");
    call(KEEP_AWAKE, fromPage, true);
    expect(duties.copyText).toHaveBeenCalledWith("words");
    expect(duties.keepAwake).toHaveBeenCalledWith(true);
  });

  it("does what the form asks", () => {
    expect(call(ADDRESS_READ, fromForm)).toEqual({ address: HOME, problem: "" });
    expect(call(ADDRESS_CHOOSE, fromForm, "nas")).toBe("");
  });

  it.each([
    [COPY_TEXT, fromStranger, "words"],
    [KEEP_AWAKE, fromStranger, true],
    [COPY_TEXT, fromForm, "words"],
    [ADDRESS_READ, fromPage, undefined],
    [ADDRESS_CHOOSE, fromPage, "https://evil.example"],
    [ADDRESS_CHOOSE, { senderFrame: null }, "nas"],
  ])("%s is refused to others", (channel, event, argument) => {
    expect(() => call(channel, event, argument)).toThrow("may not");
    expect(duties.copyText).not.toHaveBeenCalled();
    expect(duties.keepAwake).not.toHaveBeenCalled();
    expect(duties.chooseAddress).not.toHaveBeenCalled();
  });

  it.each([
    [COPY_TEXT, fromPage, 7],
    [COPY_TEXT, fromPage, "x".repeat(10_001)],
    [KEEP_AWAKE, fromPage, "yes"],
    [ADDRESS_CHOOSE, fromForm, { address: "nas" }],
  ])("%s refuses an argument that is not what it says", (channel, event, argument) => {
    expect(() => call(channel, event, argument)).toThrow("may not");
  });
});
