import { screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { closeSession, openSession } from "@/lib/session";
import { alice, card, json, sessionOf } from "@/test/fixtures";
import { renderAt, serve } from "@/test/render";
import type { PastRoom } from "@/types/schemas";
import { PastRooms } from "./PastRooms";

const past = (id: string, people: string[]): PastRoom => ({
  id,
  name: "Friday",
  title: card,
  people,
  position_s: 60,
  duration_s: 600,
  created_at: "2026-01-01T00:00:00Z",
  closed_at: "2026-01-01T02:00:00Z",
  is_open: false,
});

beforeEach(() => openSession(sessionOf(alice)));
afterEach(() => {
  vi.unstubAllGlobals();
  closeSession();
});

it("names the others, also one with the reader's name, and nobody where the reader was alone", async () => {
  const results = [past("r1", [alice.name, "Bob", alice.name]), past("r2", [alice.name])];
  serve({ "GET /rooms/history": () => json({ results, next: null, previous: null }) });
  await renderAt("/", "/", PastRooms);
  expect(await screen.findByText(`With Bob, ${alice.name}`)).toBeInTheDocument();
  expect(screen.getAllByText(/^With /)).toHaveLength(1);
});
