import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { NewRequestPage } from "@/features/requests/NewRequestPage";
import { RequestsPage } from "@/features/requests/RequestsPage";
import { filmOf, isMagnet, requestRules } from "@/features/requests/rules";
import { closeSession, openSession } from "@/lib/session";
import { alice, card, json, request, sessionOf } from "@/test/fixtures";
import { renderAt, serve } from "@/test/render";

const page = (results: unknown[]) => json({ results, next: null, previous: null });
const magnet = `magnet:?xt=urn:btih:${"ab".repeat(20)}`;
const form = { name: "Metropolis", year: "", source: "magnet" as const, file: null, magnet };

beforeEach(() => openSession(sessionOf(alice)));
afterEach(() => {
  vi.unstubAllGlobals();
  closeSession();
});

test("a failed request says why and what helps, and can be tried again", async () => {
  const failed = { ...request, state: "failed", reason: "Nobody shares it.", fix: "Try another torrent." };
  const asked = serve({
    "GET /requests": () => page([failed]),
    [`POST /requests/${request.id}/retry`]: () => json({ ...failed, state: "searching" }),
  });
  await renderAt("/requests", "/requests", RequestsPage);
  expect(await screen.findByTestId("request-state")).toHaveTextContent("Failed");
  expect(screen.getByText("What helps: Try another torrent.")).toBeInTheDocument();
  await userEvent.click(screen.getByTestId("retry"));
  expect(asked).toContain(`POST /requests/${request.id}/retry`);
});

test("cancelling asks first", async () => {
  const asked = serve({
    "GET /requests": () => page([request]),
    [`POST /requests/${request.id}/cancel`]: () => json({ ...request, state: "cancelled" }),
  });
  await renderAt("/requests", "/requests", RequestsPage);
  await userEvent.click(await screen.findByTestId("cancel"));
  expect(asked).not.toContain(`POST /requests/${request.id}/cancel`);
  await userEvent.click(await screen.findByTestId("cancel-confirm"));
  expect(asked).toContain(`POST /requests/${request.id}/cancel`);
});

test("the present step is marked for everybody, screen readers too", async () => {
  serve({ "GET /requests": () => page([request]) });
  await renderAt("/requests", "/requests", RequestsPage);
  const bar = await screen.findByRole("progressbar", { name: "Progress of Metropolis" });
  expect(bar).toHaveAttribute("aria-valuenow", "41");
  expect(document.querySelector('[aria-current="step"]')).toHaveTextContent("Downloading, now");
});

test("a request by magnet is sent as typed, without a second question", async () => {
  let sent: unknown;
  serve({
    "POST /requests": async (incoming) => {
      sent = await incoming.json();
      return json(request, 201);
    },
    "GET /requests": () => page([request]),
  });
  await renderAt("/requests/new", "/requests/new", NewRequestPage);
  await userEvent.type(await screen.findByTestId("request-name"), "Metropolis");
  await userEvent.click(screen.getByTestId("source-magnet"));
  await userEvent.type(screen.getByTestId("magnet"), magnet);
  await userEvent.click(screen.getByTestId("request-submit"));
  await screen.findByText("/requests");
  expect(sent).toEqual({ name: "Metropolis", magnet });
});

test("a torrent file goes up as multipart", async () => {
  let type: string | null = null;
  serve({
    "POST /requests": (incoming) => {
      type = incoming.headers.get("Content-Type");
      return json(request, 201);
    },
  });
  await renderAt("/requests/new", "/requests/new", NewRequestPage);
  await userEvent.type(await screen.findByTestId("request-name"), "Metropolis");
  await userEvent.upload(screen.getByTestId("torrent-file"), new File(["d4:infoe"], "film.torrent"));
  await userEvent.click(screen.getByTestId("request-submit"));
  await screen.findByText("/requests");
  expect(type).toContain("multipart/form-data");
});

test("nothing is sent without a film and a source", async () => {
  const asked = serve({});
  await renderAt("/requests/new", "/requests/new", NewRequestPage);
  await userEvent.click(await screen.findByTestId("request-submit"));
  expect(await screen.findByText(/Choose the film's .torrent file/)).toBeInTheDocument();
  expect(asked).toEqual([]);
});

test("what the server knows of a film wins over what was typed", () => {
  expect(filmOf(form, { title: card.id ?? "" })).toEqual({ title_id: card.id });
  expect(filmOf(form, { tmdb: 19 })).toEqual({ tmdb_id: 19 });
  expect(filmOf({ ...form, year: "1927" }, {})).toEqual({ name: "Metropolis", year: 1927 });
});

test.each([
  [magnet, true],
  ["magnet:?dn=none", false],
  ["http://example.org/x.torrent", false],
])("%s as a magnet link: %s", (text, isGood) => expect(isMagnet(text)).toBe(isGood));

test.each(["27", "1700", "19x7"])("%s is no year", (year) => {
  expect(requestRules.safeParse({ ...form, year }).success).toBe(false);
});
