import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { resting } from "@/test/fixtures";
import type { QueueBody, RoomClientFrame, TitleCard, You } from "@/types/frames.gen";
import { RoomSession } from "../room-session";
import { RoomContext } from "../use-room";
import { QueuePanel } from "./QueuePanel";
import { ReadyCheck } from "./ReadyCheck";
import "@/lib/i18n";

const card = (name: string): TitleCard => ({
  id: name,
  name,
  year: null,
  poster_url: null,
  backdrop_url: null,
  color: "#000000",
  availability: "ready",
  runtime_min: null,
  tmdb_id: null,
  leaves_at: null,
});
const item = (name: string, votes = 0) => ({
  qid: `q-${name}`,
  title: card(name),
  by: "bob",
  name: "Bob",
  votes,
  mine: false,
});
const board = (over: Partial<QueueBody> = {}): QueueBody => ({
  rev: 1,
  on: card("On"),
  items: [item("First", 2), item("Second"), item("Third")],
  next: null,
  poll: null,
  ...over,
});
const ALL: You["can"] = ["item", "queue_add", "queue_edit", "queue_vote", "play_pause"];

let session: RoomSession;
let told: RoomClientFrame[];

beforeEach(() => {
  told = [];
  session = new RoomSession("r1", { offline: "Not connected." });
  vi.spyOn(session, "tell").mockImplementation((frame) => told.push(frame) > 0);
});
afterEach(cleanup);

function show(queue: QueueBody | null, can: You["can"] = ALL): void {
  session.store.setState({
    queue,
    connection: { status: "open" },
    you: { id: "alice", name: "Alice", role: "owner", guest: false, can },
    room: { id: "r1", name: "Friday", preset: "friends", title: card("On") },
  });
  render(
    <QueryClientProvider client={new QueryClient()}>
      <RoomContext value={session}>
        <ReadyCheck />
        <QueuePanel />
      </RoomContext>
    </QueryClientProvider>,
  );
}

const wishes = (): object[] => told.map(({ t, ...rest }) => ({ t, ...rest, cid: undefined }));

describe("the queue", () => {
  it("says what to do when it is empty", () => {
    show(board({ items: [] }));
    expect(screen.getByText(/Nothing queued/)).toBeInTheDocument();
    expect(screen.queryByTestId("queue-skip")).toBeNull();
  });

  it("is voted on, and moved by buttons that a keyboard reaches", async () => {
    show(board());
    const second = within(screen.getByTestId("queued-Second"));
    await userEvent.click(second.getByRole("button", { name: /Vote for Second/ }));
    await userEvent.click(second.getByRole("button", { name: "Move Second up" }));
    await userEvent.click(second.getByRole("button", { name: "Move Second down" }));
    await userEvent.click(second.getByRole("button", { name: "Take Second out of the queue" }));
    expect(wishes()).toEqual([
      { t: "q.vote", qid: "q-Second", on: true },
      { t: "q.move", qid: "q-Second", before: "q-First" },
      { t: "q.move", qid: "q-Second" },
      { t: "q.del", qid: "q-Second" },
    ]);
    expect(screen.getByRole("button", { name: "Move First up" })).toBeDisabled();
    expect(screen.getByRole("button", { name: "Move Third down" })).toBeDisabled();
  });

  it("shows only what a person may do", () => {
    show(board(), ["queue_vote"]);
    expect(screen.queryByTestId("queue-search")).toBeNull();
    expect(screen.queryByTestId("queue-skip")).toBeNull();
    expect(screen.queryByRole("button", { name: /Move|Take|Play/ })).toBeNull();
    expect(screen.getByRole("button", { name: /Vote for First/ })).toBeEnabled();
  });

  it("says that it may be old while there is no connection", () => {
    show(board());
    expect(screen.queryByText(/may have changed/)).toBeNull();
    cleanup();
    session.store.setState({ connection: { status: "connecting" } });
    render(
      <QueryClientProvider client={new QueryClient()}>
        <RoomContext value={session}>
          <QueuePanel />
        </RoomContext>
      </QueryClientProvider>,
    );
    expect(screen.getByText(/may have changed/)).toBeInTheDocument();
  });
});

describe("a vote about what to watch", () => {
  const poll = {
    poll: "p1",
    by: "bob",
    name: "Bob",
    choices: [
      { title: card("First"), votes: 1 },
      { title: card("Second"), votes: 0 },
    ],
    mine: "First",
  };

  it("shows the choices, takes a vote and is counted", async () => {
    show(board({ poll }));
    expect(screen.getByTestId("poll-First")).toHaveAttribute("aria-pressed", "true");
    await userEvent.click(screen.getByTestId("poll-Second"));
    await userEvent.click(screen.getByTestId("poll-close"));
    expect(wishes()).toEqual([
      { t: "poll.vote", poll: "p1", title: "Second" },
      { t: "poll.close", poll: "p1" },
    ]);
  });

  it("is counted by who asked or keeps the queue", () => {
    show(board({ poll }), ["queue_vote"]);
    expect(screen.queryByTestId("poll-close")).toBeNull();
  });
});

describe("the ready check", () => {
  it("names who is missing, and takes an answer", async () => {
    session.store.setState({
      ready: { t: "rdy", open: true, by: "bob", ids: ["bob"] },
      members: [
        { id: "alice", name: "Alice", role: "owner", guest: false, state: "playing" },
        { id: "bob", name: "Bob", role: "member", guest: false, state: "playing" },
        { id: "gwen", name: "Gwen", role: "guest", guest: true, state: "reconnecting" },
      ],
    });
    show(board());
    expect(screen.getByText("Not ready yet: Alice")).toBeInTheDocument();
    await userEvent.click(screen.getByTestId("ready-primary"));
    await userEvent.click(screen.getByRole("button", { name: "Start anyway" }));
    expect(wishes()).toEqual([{ t: "rdy", on: true }, { t: "rdy.go" }]);
  });

  it.each([
    ["is offered at the end of the film", resting.duration_ms, 1],
    ["is not offered while the film plays", resting.duration_ms - 60_001, 0],
  ])("%s", (_, now, count) => {
    session.store.setState({ timeline: { ...resting, playing: true } });
    vi.spyOn(session, "roomNow").mockReturnValue(now);
    show(board());
    expect(screen.queryAllByTestId("ask-ready")).toHaveLength(count);
  });
});
