import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { TitlePage } from "@/features/catalog/TitlePage";
import { closeSession, openSession } from "@/lib/session";
import { alice, card, detail, json, request, sessionOf } from "@/test/fixtures";
import { renderAt, serve } from "@/test/render";

const path = `/title/${card.id}`;
const page = (results: unknown[]) => json({ results, next: null, previous: null });
const at = (position_s: number) => json({ position_s, duration_s: 9000, watched: false, updated_at: null });

beforeEach(() => openSession(sessionOf(alice)));
afterEach(() => {
  vi.unstubAllGlobals();
  closeSession();
});

function answers(over: Record<string, () => Response> = {}) {
  return {
    [`GET ${path.replace("/title", "/titles")}`]: () => json(detail),
    "GET /requests": () => page([]),
    "GET /watch-later": () => json([]),
    [`GET /progress/${card.id}`]: () => at(2530),
    ...over,
  };
}

test("a film half watched offers to resume where it was left", async () => {
  serve(answers());
  await renderAt(path, "/title/$id", TitlePage);
  expect(await screen.findByTestId("play")).toHaveTextContent("Resume 42:10");
  expect(screen.getByRole("heading", { level: 1 })).toHaveTextContent("Metropolis");
});

test("start party opens a room with this film and enters it", async () => {
  const asked = serve(answers({ "POST /rooms": () => json({ id: "room-1" }, 201) }));
  await renderAt(path, "/title/$id", TitlePage);
  await userEvent.click(await screen.findByTestId("start-party"));
  expect(await screen.findByText("/room/$id")).toBeInTheDocument();
  expect(asked).toContain("POST /rooms");
});

test("a person without a confirmed address cannot host", async () => {
  openSession(sessionOf({ ...alice, is_verified: false }));
  serve(answers());
  await renderAt(path, "/title/$id", TitlePage);
  expect(await screen.findByTestId("start-party")).toBeDisabled();
});

test("a film on its way shows its live status", async () => {
  const coming = { ...detail, availability: "downloading" };
  serve(answers({ [`GET /titles/${card.id}`]: () => json(coming), "GET /requests": () => page([request]) }));
  await renderAt(path, "/title/$id", TitlePage);
  expect(await screen.findByTestId("requested")).toBeDisabled();
  expect(screen.getByText("41 % · 3.2 MB/s · 12 min left")).toBeInTheDocument();
});

test("a film that does not exist says so", async () => {
  serve(
    answers({ [`GET /titles/${card.id}`]: () => json({ code: "not_found", detail: "There is no such film." }, 404) }),
  );
  await renderAt(path, "/title/$id", TitlePage);
  expect(await screen.findByText("This seat is empty")).toBeInTheDocument();
});

const inTwoDays = () => new Date(Date.now() + 1.9 * 86_400_000).toISOString();

test("a film that has to make room says when, and what keeps it", async () => {
  serve(answers({ [`GET /titles/${card.id}`]: () => json({ ...detail, leaves_at: inTwoDays() }) }));
  await renderAt(path, "/title/$id", TitlePage);
  expect(await screen.findByTestId("leaves")).toHaveTextContent("Leaves in 2 days");
  expect(screen.getByText(/put it on your list, and it stays/)).toBeInTheDocument();
  expect(screen.queryByTestId("keep")).not.toBeInTheDocument();
});

test("the operator keeps it with one press", async () => {
  openSession(sessionOf({ ...alice, is_operator: true }));
  let leavesAt: string | null = inTwoDays();
  serve(
    answers({
      [`GET /titles/${card.id}`]: () => json({ ...detail, leaves_at: leavesAt }),
      [`POST /titles/${card.id}/keep`]: () => {
        leavesAt = null;
        return new Response(null, { status: 204 });
      },
    }),
  );
  await renderAt(path, "/title/$id", TitlePage);
  await userEvent.click(await screen.findByTestId("keep"));
  await waitFor(() => expect(screen.queryByTestId("leaves")).not.toBeInTheDocument());
});
