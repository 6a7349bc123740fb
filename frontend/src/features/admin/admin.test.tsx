import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { JobsPage } from "@/features/admin/JobsPage";
import { RoomsPage } from "@/features/admin/RoomsPage";
import { StoragePage } from "@/features/admin/StoragePage";
import { closeSession, openSession } from "@/lib/session";
import { alice, card, json, sessionOf } from "@/test/fixtures";
import { renderAt, serve } from "@/test/render";
import type { Job, LiveRoom, Storage } from "@/types/schemas";

const operator = { ...alice, is_operator: true };

const storage: Storage = {
  quota_bytes: 50_000_000_000,
  used_bytes: 12_000_000_000,
  reserved_bytes: 500_000_000,
  free_bytes: 80_000_000_000,
  is_full: false,
  titles: [
    {
      title_id: card.id ?? "",
      name: "Metropolis",
      bytes: 4_200_000_000,
      source_bytes: 2_000_000_000,
      renditions: [
        { name: "v480", bytes: 300_000_000, state: "ready" },
        { name: "v-src", bytes: 1_900_000_000, state: "ready" },
        { name: "v720", bytes: 0, state: "evicted" },
        { name: "s-eng-3", bytes: 40_000, state: "ready" },
        { name: "trickplay", bytes: 60_000, state: "ready" },
      ],
      watched_at: null,
      kept: false,
      reason: null,
      leaves_at: new Date(Date.now() + 2.5 * 86_400_000).toISOString(),
    },
  ],
  events: [
    {
      at: "2026-01-02T12:00:00Z",
      kind: "evicted",
      title: "Metropolis",
      what: "720p",
      bytes: 900_000_000,
      reason: "Not watched for 9 days, and in nobody's list.",
    },
  ],
};

const job: Job = {
  asset_id: "00000000-0000-4000-8000-0000000000aa",
  title_id: card.id ?? "",
  title: "Metropolis",
  state: "playable",
  reason: null,
  notes: [],
  rungs: [
    { name: "v480", state: "building", progress: 0.634, speed: 2.34, eta_s: 240 },
    { name: "v-src", state: "ready", progress: 1, speed: null, eta_s: null },
  ],
};

beforeEach(() => openSession(sessionOf(operator)));
afterEach(() => {
  vi.unstubAllGlobals();
  closeSession();
});

test("the storage page says what is used, by whom, and what was removed why", async () => {
  serve({ "GET /storage": () => json(storage) });
  await renderAt("/storage", "/storage", StoragePage);
  expect(await screen.findByText("12.0 GB of 50.0 GB used")).toBeInTheDocument();
  expect(screen.getByText("500 MB held for work under way · 80.0 GB free on the disk")).toBeInTheDocument();
  const row = screen.getByRole("article");
  expect(within(row).getByTestId("leaves")).toHaveTextContent("Leaves in 3 days");
  expect(
    within(row)
      .getAllByRole("listitem")
      .map((item) => item.textContent),
  ).toEqual(["Download 2.0 GB", "As uploaded 1.9 GB", "720p removed", "480p 300 MB", "Subtitles and previews 100 kB"]);
  expect(screen.getByText("Not watched for 9 days, and in nobody's list.")).toBeInTheDocument();
});

test("a full disk is said out loud", async () => {
  serve({ "GET /storage": () => json({ ...storage, is_full: true, titles: [], events: [] }) });
  await renderAt("/storage", "/storage", StoragePage);
  expect(await screen.findByRole("alert")).toHaveTextContent("The disk is full.");
  expect(screen.getByText("Nothing stored yet")).toBeInTheDocument();
});

test("the operator keeps a film with one press", async () => {
  const asked = serve({
    "GET /storage": () => json(storage),
    [`POST /titles/${card.id}/keep`]: () => new Response(null, { status: 204 }),
  });
  await renderAt("/storage", "/storage", StoragePage);
  await userEvent.click(await screen.findByRole("button", { name: "Keep Metropolis" }));
  expect(asked).toContain(`POST /titles/${card.id}/keep`);
});

test("a storage page without an answer offers another try", async () => {
  serve({ "GET /storage": () => json({ detail: "The disk does not answer.", code: "unavailable" }, 503) });
  await renderAt("/storage", "/storage", StoragePage);
  expect(await screen.findByRole("alert")).toHaveTextContent("The disk does not answer.");
  expect(screen.getByRole("button", { name: "Try again" })).toBeInTheDocument();
});

test("the jobs page shows progress, speed and what is left of each part, best first", async () => {
  serve({ "GET /jobs": () => json({ jobs: [job] }) });
  await renderAt("/jobs", "/jobs", JobsPage);
  const rungs = within(await screen.findByRole("list", { name: "Parts of Metropolis" })).getAllByRole("listitem");
  expect(rungs.map((rung) => rung.textContent)).toEqual(["As uploadeddone", "480p63 % · 2.3× · 4 min left"]);
  expect(screen.getByRole("progressbar", { name: "480p of Metropolis" })).toHaveAttribute("aria-valuenow", "63");
});

test("a job is stopped only after a question", async () => {
  const asked = serve({
    "GET /jobs": () => json({ jobs: [job] }),
    [`POST /jobs/${job.asset_id}/cancel`]: () => new Response(null, { status: 204 }),
  });
  await renderAt("/jobs", "/jobs", JobsPage);
  await userEvent.click(await screen.findByRole("button", { name: "Cancel" }));
  expect(asked).not.toContain(`POST /jobs/${job.asset_id}/cancel`);
  await userEvent.click(await screen.findByRole("button", { name: "Stop it" }));
  expect(asked).toContain(`POST /jobs/${job.asset_id}/cancel`);
});

test("a job says what it waits for, and why its parts are as they are", async () => {
  const reason = "There is no room for this film right now. It goes on by itself as soon as there is.";
  serve({ "GET /jobs": () => json({ jobs: [{ ...job, reason, notes: ["The sound is not AAC."] }] }) });
  await renderAt("/jobs", "/jobs", JobsPage);
  expect(await screen.findByText(reason)).toBeInTheDocument();
  const notes = screen.getByRole("list", { name: "Why Metropolis is made like this" });
  expect(within(notes).getByRole("listitem")).toHaveTextContent("The sound is not AAC.");
});

test("a failed job says why and can be tried again", async () => {
  const reason = "The file's picture is damaged after 12 minutes.";
  const asked = serve({
    "GET /jobs": () => json({ jobs: [{ ...job, state: "failed", reason, rungs: [] }] }),
    [`POST /jobs/${job.asset_id}/retry`]: () => new Response(null, { status: 204 }),
  });
  await renderAt("/jobs", "/jobs", JobsPage);
  expect(await screen.findByText(reason)).toBeInTheDocument();
  expect(screen.queryByRole("button", { name: "Cancel" })).not.toBeInTheDocument();
  await userEvent.click(screen.getByRole("button", { name: "Try again" }));
  expect(asked).toContain(`POST /jobs/${job.asset_id}/retry`);
});

test("a part that failed can be tried again while the film plays, and a film that is done offers nothing", async () => {
  const [copy] = job.rungs.slice(1);
  const broken = { ...job, rungs: [{ name: "v480", state: "failed", progress: 0.2, speed: null, eta_s: null }] };
  const done = { ...job, asset_id: "another", title: "Nosferatu", state: "complete", rungs: copy ? [copy] : [] };
  serve({ "GET /jobs": () => json({ jobs: [broken, done] }) });
  await renderAt("/jobs", "/jobs", JobsPage);
  expect(await screen.findAllByRole("button", { name: "Try again" })).toHaveLength(1);
  expect(screen.queryByRole("button", { name: "Cancel" })).not.toBeInTheDocument();
});

test("without work the jobs page says so", async () => {
  serve({ "GET /jobs": () => json({ jobs: [] }) });
  await renderAt("/jobs", "/jobs", JobsPage);
  expect(await screen.findByText("Nothing to do")).toBeInTheDocument();
});

const liveRoom: LiveRoom = {
  id: "00000000-0000-4000-8000-0000000000bb",
  name: "Friday",
  title: "Metropolis",
  owner_name: "Alice",
  people: 3,
  talkers: 2,
  state: "waiting",
  waiting_for: ["Bob"],
  drift: { p50_ms: 8, p95_ms: 21, p99_ms: 40, samples: 200 },
  stalls_per_hour: 0.25,
  seeks_per_hour: null,
};

test("a live room says who is in it, for whom it waits and how well it stays together", async () => {
  serve({ "GET /operator/rooms": () => json({ rooms: [liveRoom], is_whole: true }) });
  await renderAt("/operator/rooms", "/operator/rooms", RoomsPage);
  const card = within(await screen.findByTestId(`live-room-${liveRoom.id}`));
  expect(card.getByRole("heading", { name: "Friday" })).toBeInTheDocument();
  expect(card.getByText(/Metropolis · Alice’s room · 3 people · 2 in voice/)).toBeInTheDocument();
  expect(card.getByText("Waiting for Bob")).toBeInTheDocument();
  expect(card.getByText("8 / 21 / 40 ms")).toBeInTheDocument();
  expect(card.getByText("0.3")).toBeInTheDocument();
  expect(card.getByText("not known yet")).toBeInTheDocument();
  expect(screen.queryByRole("alert")).not.toBeInTheDocument();
});

test("without Redis the rooms page says that it does not see everything, and without rooms that there are none", async () => {
  serve({ "GET /operator/rooms": () => json({ rooms: [], is_whole: false }) });
  await renderAt("/operator/rooms", "/operator/rooms", RoomsPage);
  expect(await screen.findByText("Nobody is in a room")).toBeInTheDocument();
  expect(screen.getByRole("alert")).toHaveTextContent("Redis does not answer");
});

test("a rooms page that cannot be loaded can be tried again", async () => {
  serve({ "GET /operator/rooms": () => json({ detail: "The database does not answer.", code: "unavailable" }, 503) });
  await renderAt("/operator/rooms", "/operator/rooms", RoomsPage);
  expect(await screen.findByText("The database does not answer.")).toBeInTheDocument();
  expect(screen.getByRole("button", { name: "Try again" })).toBeInTheDocument();
});

test.each([
  ["/jobs", JobsPage],
  ["/operator/rooms", RoomsPage],
  ["/storage", StoragePage],
])("%s shows nothing to people who do not run the server, and asks for nothing", async (path, page) => {
  openSession(sessionOf(alice));
  const asked = serve({});
  await renderAt(path, path, page);
  expect(await screen.findByText("For the operator only")).toBeInTheDocument();
  expect(asked).toEqual([]);
});
