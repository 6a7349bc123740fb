import type { Platform } from "@platform";
import { beforeEach, expect, expectTypeOf, it, vi } from "vitest";
import { ADDRESS_CHOOSE, ADDRESS_READ, COPY_TEXT, KEEP_AWAKE } from "../src/channels";

const { exposed, invoke } = vi.hoisted(() => ({
  exposed: new Map<string, unknown>(),
  invoke: vi.fn(async (..._call: unknown[]) => undefined),
}));

vi.mock("electron", () => ({
  contextBridge: { exposeInMainWorld: (name: string, thing: unknown) => exposed.set(name, thing) },
  ipcRenderer: { invoke },
}));

beforeEach(() => {
  exposed.clear();
  invoke.mockClear();
  vi.resetModules();
});

it("gives the pages exactly the platform interface", async () => {
  await import("../src/preload");
  // Every member of the interface and no other: a new one breaks the build of this record.
  const members: Record<keyof Platform, string> = { canCopy: "boolean", copyText: "function", keepAwake: "function" };
  const platform = exposed.get("matinee") as Platform;
  expectTypeOf(platform).toEqualTypeOf<Platform>();
  expect([...exposed.keys()]).toEqual(["matinee"]);
  expect(Object.fromEntries(Object.entries(platform).map(([name, member]) => [name, typeof member]))).toEqual(members);
});

it("passes each call on with its own argument and nothing else", async () => {
  await import("../src/preload");
  const platform = exposed.get("matinee") as Platform;
  await platform.copyText("https://films.example.org/join/1");
  await platform.keepAwake(true);
  expect(invoke.mock.calls).toEqual([
    [COPY_TEXT, "https://films.example.org/join/1"],
    [KEEP_AWAKE, true],
  ]);
});

it("gives the address form its two calls and not the platform", async () => {
  await import("../src/address-preload");
  expect([...exposed.keys()]).toEqual(["matineeAddress"]);
  const form = exposed.get("matineeAddress") as Record<string, (typed?: string) => Promise<unknown>>;
  expect(Object.keys(form)).toEqual(["read", "choose"]);
  await form.read?.();
  await form.choose?.("nas");
  expect(invoke.mock.calls).toEqual([[ADDRESS_READ], [ADDRESS_CHOOSE, "nas"]]);
});
