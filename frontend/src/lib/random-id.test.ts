import { afterEach, describe, expect, it, vi } from "vitest";
import { randomId } from "./random-id";

const UUID_4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe("random ids", () => {
  afterEach(() => vi.unstubAllGlobals());

  it("are UUIDs of version 4, and no two are the same", () => {
    const ids = Array.from({ length: 1_000 }, randomId);
    for (const id of ids) expect(id).toMatch(UUID_4);
    expect(new Set(ids).size).toBe(1_000);
  });

  it("exist where the page came over plain HTTP from another machine", () => {
    const { crypto } = globalThis;
    vi.stubGlobal("crypto", { getRandomValues: crypto.getRandomValues.bind(crypto) });
    expect(randomId()).toMatch(UUID_4);
  });
});
