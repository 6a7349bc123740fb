import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { chooseFeatured } from "@/features/library/Hero";
import { HomePage } from "@/features/library/HomePage";
import { closeSession, openSession } from "@/lib/session";
import { alice, card, json, request, sessionOf } from "@/test/fixtures";
import { renderAt, serve } from "@/test/render";
import type { Library } from "@/types/schemas";

const empty: Library = { continue_watching: [], ready: [], coming: [], watch_later: [], new: [] };
const other = { ...card, id: "00000000-0000-4000-8000-000000000002", name: "Nosferatu" };
const page = (results: unknown[]) => json({ results, next: null, previous: null });

beforeEach(() => openSession(sessionOf(alice)));
afterEach(() => {
  vi.unstubAllGlobals();
  closeSession();
});

test("an empty house offers the next step", async () => {
  serve({ "GET /library": () => json(empty) });
  await renderAt("/", "/", HomePage);
  expect(await screen.findByRole("link", { name: "Request a film" })).toHaveAttribute("href", "/requests/new");
});

test("shelves hold what there is, and a film stands on one of them only", async () => {
  const library = { ...empty, ready: [card], coming: [{ ...other, availability: "downloading" }], new: [card, other] };
  serve({ "GET /library": () => json(library), "GET /requests": () => page([{ ...request, title: other }]) });
  await renderAt("/", "/", HomePage);
  const coming = await screen.findByRole("region", { name: "Coming" });
  expect(await within(coming).findByText("Downloading 41 %")).toBeInTheDocument();
  expect(screen.getByTestId(`card-${card.id}`)).toHaveAttribute("href", `/title/${card.id}`);
  expect(screen.queryByRole("region", { name: "New" })).not.toBeInTheDocument();
});

test("a server that fails can be asked again", async () => {
  let isBroken = true;
  serve({
    "GET /library": () =>
      isBroken ? json({ detail: "The database does not answer.", code: "unavailable" }, 503) : json(empty),
  });
  await renderAt("/", "/", HomePage);
  expect(await screen.findByRole("alert")).toHaveTextContent("The database does not answer.");
  isBroken = false;
  await userEvent.click(screen.getByRole("button", { name: "Try again" }));
  expect(await screen.findByText("The screen is dark")).toBeInTheDocument();
});

test("the featured film is the one being watched, else the newest that is ready", () => {
  const watching = { title: other, position_s: 60, duration_s: 100 };
  expect(chooseFeatured({ ...empty, ready: [card], continue_watching: [watching] })).toMatchObject({
    title: { name: "Nosferatu" },
    resumeAt: 60,
  });
  expect(chooseFeatured({ ...empty, ready: [card] })).toMatchObject({ title: { name: "Metropolis" }, resumeAt: null });
  expect(chooseFeatured(empty)).toBeNull();
});
