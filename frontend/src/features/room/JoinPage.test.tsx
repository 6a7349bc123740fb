import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import {
  createMemoryHistory,
  createRootRoute,
  createRoute,
  createRouter,
  RouterProvider,
} from "@tanstack/react-router";
import { render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { closeSession, getSession, openSession } from "@/lib/session";
import { JoinPage } from "./JoinPage";

const ROOM = "11111111-1111-4111-8111-111111111111";
const person = { id: "bob", name: "Bob", email: null, is_verified: true, is_operator: false, plan: "free" };
const session = (isGuest: boolean) => ({
  access: "token",
  expires_in: 600,
  user: { ...person, is_guest: isGuest, room_id: isGuest ? ROOM : null },
});
const info = {
  room_id: ROOM,
  room_name: "Friday night",
  host_name: "Alice",
  needs_pin: false,
  title: { id: "film", name: "Big Buck Bunny", color: "#223344", poster_url: null, backdrop_url: null },
};

let answers: Map<string, () => Response>;
let asked: { path: string; body: unknown }[];

function open() {
  const root = createRootRoute();
  const join = createRoute({ getParentRoute: () => root, path: "/", component: () => <JoinPage token="tok" /> });
  const room = createRoute({ getParentRoute: () => root, path: "/room/$id", component: () => <p>the room</p> });
  const router = createRouter({
    routeTree: root.addChildren([join, room]),
    history: createMemoryHistory({ initialEntries: ["/"] }),
  });
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  render(
    <QueryClientProvider client={queries}>
      <RouterProvider router={router as never} />
    </QueryClientProvider>,
  );
}

beforeEach(() => {
  localStorage.clear();
  closeSession();
  asked = [];
  answers = new Map([
    ["/api/v1/invites/tok", () => Response.json(info)],
    ["/api/v1/auth/guest", () => Response.json(session(true), { status: 201 })],
    [`/api/v1/rooms/${ROOM}/join`, () => Response.json({ id: ROOM })],
  ]);
  vi.stubGlobal("fetch", async (request: Request) => {
    const path = new URL(request.url).pathname;
    const text = await request.clone().text();
    asked.push({ path, body: text === "" ? null : JSON.parse(text) });
    return answers.get(path)?.() ?? Response.json({ detail: "Nothing here." }, { status: 404 });
  });
});

afterEach(() => {
  vi.unstubAllGlobals();
  closeSession();
});

describe("behind an invite link", () => {
  it("a guest is in after a name and one press", async () => {
    open();
    expect(await screen.findByText("Alice invites you to watch it together in “Friday night”.")).toBeInTheDocument();
    await userEvent.type(screen.getByTestId("guest-name"), "Bob");
    await userEvent.click(screen.getByTestId("join"));
    expect(await screen.findByText("the room")).toBeInTheDocument();
    expect(asked.at(-1)?.body).toEqual({ invite: "tok", name: "Bob" });
    expect(getSession()).toMatchObject({ status: "signed-in", me: { is_guest: true } });
  });

  it("a member who is signed in only presses", async () => {
    openSession(session(false));
    open();
    await userEvent.click(await screen.findByRole("button", { name: "Join as Bob" }));
    expect(await screen.findByText("the room")).toBeInTheDocument();
    expect(screen.queryByTestId("guest-name")).not.toBeInTheDocument();
    expect(asked.at(-1)).toEqual({ path: `/api/v1/rooms/${ROOM}/join`, body: { invite: "tok" } });
  });

  it("a wrong or expired invite says so, and asks for no name", async () => {
    answers.set("/api/v1/invites/tok", () => Response.json({ detail: "This invite has expired." }, { status: 404 }));
    open();
    expect(await screen.findByRole("alert")).toHaveTextContent("This invite has expired.");
    expect(screen.queryByTestId("guest-name")).not.toBeInTheDocument();
  });

  it("charlie, whom the room refuses, reads why and stays outside", async () => {
    const full = { detail: "The room is full.", code: "conflict" };
    answers.set("/api/v1/auth/guest", () => Response.json(full, { status: 409 }));
    open();
    await userEvent.type(await screen.findByTestId("guest-name"), "Charlie");
    await userEvent.click(screen.getByTestId("join"));
    expect(await screen.findByText("The room is full.")).toBeInTheDocument();
    await waitFor(() => expect(screen.queryByText("the room")).not.toBeInTheDocument());
  });

  it("a room with a PIN asks for it", async () => {
    answers.set("/api/v1/invites/tok", () => Response.json({ ...info, needs_pin: true }));
    open();
    await userEvent.type(await screen.findByTestId("guest-name"), "Bob");
    await userEvent.type(screen.getByLabelText("PIN"), "4711");
    await userEvent.click(screen.getByTestId("join"));
    expect(await screen.findByText("the room")).toBeInTheDocument();
    expect(asked.at(-1)?.body).toEqual({ invite: "tok", name: "Bob", pin: "4711" });
  });
});
