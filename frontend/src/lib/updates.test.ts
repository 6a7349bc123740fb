import { QueryClient } from "@tanstack/react-query";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { emptyPages, type Pages, type ProgFrame, ProgressGate } from "@/lib/frames";
import { keys } from "@/lib/queries";
import { applyFrame } from "@/lib/updates";
import { detail, request } from "@/test/fixtures";
import type { Notification, RequestItem } from "@/types/schemas";

let client: QueryClient;
let gate: ProgressGate;

const prog = (n: number, p: number): ProgFrame => ({ t: "prog", id: request.id, n, p, bps: 1000, eta: 60, rungs: [] });
const note = {
  t: "note",
  id: "n1",
  kind: "ready",
  title: "Ready",
  body: "",
  link: "/",
  created_at: "2026-01-01",
} as const;

function rows(): RequestItem[] {
  return client.getQueryData<Pages<RequestItem>>(keys.requests)?.pages.flatMap((page) => page.results) ?? [];
}

beforeEach(() => {
  client = new QueryClient();
  gate = new ProgressGate();
  client.setQueryData(keys.requests, emptyPages<RequestItem>());
  applyFrame(client, gate, { t: "snap", requests: [request], unread: 2 });
});

describe("snap", () => {
  test("fills the list and the count", () => {
    expect(rows()).toEqual([request]);
    expect(client.getQueryData(keys.unread)).toBe(2);
  });

  test("twice changes nothing", () => {
    applyFrame(client, gate, { t: "snap", requests: [request], unread: 2 });
    expect(rows()).toEqual([request]);
  });

  test("keeps the order of its rows", () => {
    client.setQueryData(keys.requests, emptyPages<RequestItem>());
    const ids = ["a", "b", "c"];
    applyFrame(client, gate, { t: "snap", requests: ids.map((id) => ({ ...request, id })), unread: 0 });
    expect(rows().map(({ id }) => id)).toEqual(ids);
  });
});

describe("req", () => {
  test("replaces its row: old list and frame are the new list", () => {
    const next: RequestItem = { ...request, state: "verifying", version: 4 };
    applyFrame(client, gate, { t: "req", ...next });
    expect(rows()).toEqual([next]);
  });

  test("of an older version is late and changes nothing", () => {
    applyFrame(client, gate, { t: "req", ...request, state: "queued", version: 2 });
    expect(rows()[0]?.state).toBe("downloading");
  });

  test("about something new comes first", () => {
    applyFrame(client, gate, { t: "req", ...request, id: "new" });
    expect(rows().map(({ id }) => id)).toEqual(["new", request.id]);
  });

  test("moves the film's page as well", () => {
    client.setQueryData(keys.title(detail.id ?? ""), { ...detail, availability: "downloading" });
    applyFrame(client, gate, { t: "req", ...request, title: { ...request.title, availability: "ready" }, version: 9 });
    expect(client.getQueryData(keys.title(detail.id ?? ""))).toMatchObject({
      availability: "ready",
      genres: ["Drama"],
    });
  });

  test("does not invent a list that was never loaded", () => {
    client.removeQueries({ queryKey: keys.requests });
    applyFrame(client, gate, { t: "req", ...request });
    expect(client.getQueryData(keys.requests)).toBeUndefined();
  });
});

describe("prog", () => {
  test("moves the bar", () => {
    applyFrame(client, gate, prog(1, 0.5));
    expect(rows()[0]).toMatchObject({ progress: 0.5, bps: 1000, eta_s: 60 });
  });

  test("moves each rendition and says how fast it is made", () => {
    const rung = { name: "v480", share: 0.63, speed: 2.3, eta_s: 240 };
    applyFrame(client, gate, { ...prog(1, 0.5), rungs: [rung] });
    expect(rows()[0]).toMatchObject({ rungs: { v480: 0.63 }, live: [rung] });
    applyFrame(client, gate, { ...prog(2, 0.6), rungs: [{ ...rung, share: 0.7 }] });
    expect(rows()[0]).toMatchObject({ rungs: { v480: 0.7 } });
  });

  test("that arrives late never moves it back", () => {
    applyFrame(client, gate, prog(5, 0.6));
    applyFrame(client, gate, prog(4, 0.5));
    expect(rows()[0]?.progress).toBe(0.6);
  });

  test("counts afresh after a new snapshot", () => {
    applyFrame(client, gate, prog(500, 0.6));
    applyFrame(client, gate, { t: "snap", requests: [request], unread: 0 });
    applyFrame(client, gate, prog(1, 0.7));
    expect(rows()[0]?.progress).toBe(0.7);
  });
});

describe("note", () => {
  test("counts, is listed once, and is said aloud", () => {
    client.setQueryData(keys.notifications, emptyPages<Notification>());
    const say = vi.fn();
    applyFrame(client, gate, note, say);
    expect(client.getQueryData(keys.unread)).toBe(3);
    expect(client.getQueryData<Pages<Notification>>(keys.notifications)?.pages[0]?.results).toHaveLength(1);
    expect(say).toHaveBeenCalledWith(expect.objectContaining({ title: "Ready", seen: false }));
  });
});
