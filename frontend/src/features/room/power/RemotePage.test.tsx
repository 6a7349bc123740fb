import { act, screen } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { loadFilmWords } from "@/lib/i18n";
import { resting } from "@/test/fixtures";
import { renderAt } from "@/test/render";
import type { Member, RoomBody } from "@/types/frames.gen";
import { RoomSession } from "../room-session";
import { RemotePage } from "./RemotePage";

const room: RoomBody = {
  id: "r1",
  name: "Friday",
  preset: "friends",
  title: {
    id: "film",
    name: "Night Train",
    year: null,
    poster_url: null,
    backdrop_url: null,
    color: "#000000",
    availability: "ready",
    runtime_min: null,
    tmdb_id: null,
    leaves_at: null,
  },
};
const timeline = resting;

let visit: RoomSession;

beforeEach(async () => {
  await loadFilmWords();
  vi.spyOn(RoomSession.prototype, "connect").mockImplementation(function (this: RoomSession) {
    visit = this;
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe("the remote page", () => {
  it("says that it is on its way in, then steers and chats without a picture", async () => {
    await renderAt("/room/r1/remote", "/room/$id/remote", () => <RemotePage roomId="r1" />);
    expect(screen.getByRole("status")).toHaveTextContent("Entering the room");
    act(() => visit.store.setState({ connection: { status: "open" }, room, timeline }));
    expect(screen.getByRole("heading", { name: "Night Train" })).toBeInTheDocument();
    expect(screen.getByRole("button", { name: "Play" })).toBeInTheDocument();
    expect(screen.getByTestId("chat-input")).toBeInTheDocument();
    expect(document.querySelector("video")).toBeNull();
  });

  it("says for whom the room waits, and offers nothing that is for pages with a picture", async () => {
    await renderAt("/room/r1/remote", "/room/$id/remote", () => <RemotePage roomId="r1" />);
    const wait = { bid: "b", for: ["bob"], until_ms: 0, why: "stall" } as const;
    const bob: Member = { id: "bob", name: "Bob", role: "member", guest: false, state: "buffering" };
    const waiting = { ...timeline, wait: { ...wait, for: [...wait.for] } };
    act(() => visit.store.setState({ connection: { status: "open" }, room, timeline: waiting, members: [bob] }));
    expect(screen.getByTestId("wait")).toHaveTextContent("Waiting for Bob");
    expect(screen.getByTestId("members")).toHaveTextContent("Bob");
    expect(screen.queryByTestId("wait-for-me")).toBeNull();
    expect(screen.queryByText("Use a phone as remote")).toBeNull();
  });

  it("offers Pause until the room has stopped", async () => {
    await renderAt("/room/r1/remote", "/room/$id/remote", () => <RemotePage roomId="r1" />);
    let now = 900;
    vi.spyOn(visit, "roomNow").mockImplementation(() => now);
    vi.useFakeTimers();
    const stopping = { ...timeline, at_ms: 1_000 };
    act(() => visit.store.setState({ connection: { status: "open" }, room, timeline: stopping, wasGoing: true }));
    expect(screen.getByRole("button", { name: "Pause" })).toBeInTheDocument();
    now = 1_001;
    act(() => void vi.advanceTimersByTime(1_000));
    expect(screen.getByRole("button", { name: "Play" })).toBeInTheDocument();
  });

  it("shows the end of the visit", async () => {
    await renderAt("/room/r1/remote", "/room/$id/remote", () => <RemotePage roomId="r1" />);
    act(() => visit.store.setState({ connection: { status: "closed", code: 4004, why: "The room was closed." } }));
    expect(screen.getByText("The room was closed.")).toBeInTheDocument();
  });
});
