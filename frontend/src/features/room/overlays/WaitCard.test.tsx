import { act, cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { TimelineBody, Wait } from "@/types/frames.gen";
import type { RoomSession } from "../room-session";
import { createRoomStore } from "../room-store";
import { RoomContext } from "../use-room";
import { WaitCard } from "./WaitCard";

const ROOM_NOW = 1_800_000_000_000;
const timeline: TimelineBody = {
  rev: 8,
  epoch: 1,
  item: "film",
  position_ms: 60_000,
  rate: 1,
  at_ms: ROOM_NOW,
  playing: false,
  duration_ms: 600_000,
  cause: "wait",
  by: null,
  wait: null,
};
const stall: Wait = { bid: "b", for: ["bob"], until_ms: ROOM_NOW + 7_400, why: "stall" };
const command = vi.fn();

function show(wait: Wait | null, can: readonly ("skip_wait" | "play_pause" | "chat")[] = ["skip_wait"]): void {
  const store = createRoomStore();
  store.setState({
    timeline: { ...timeline, wait },
    members: [{ id: "bob", name: "Bob", role: "member", guest: false, state: "buffering" }],
    you: { id: "alice", name: "Alice", role: "owner", guest: false, can: [...can] },
  });
  const session = { store, command, roomNow: () => ROOM_NOW + performance.now() } as unknown as RoomSession;
  render(
    <RoomContext value={session}>
      <WaitCard />
    </RoomContext>,
  );
}

const pass = (ms: number): void => act(() => void vi.advanceTimersByTime(ms));

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "performance"] });
  command.mockClear();
});

afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

it("says for whom, why, and for how long at most", () => {
  show(stall);
  expect(screen.getByTestId("wait").textContent).toContain("Waiting for Bob, whose film stopped");
  expect(screen.getByTestId("wait").textContent).toContain("8 s");
  pass(3_000);
  expect(screen.getByTestId("wait").textContent).toContain("5 s");
  expect(screen.getByRole("status").textContent).toBe("Waiting for Bob, whose film stopped");
});

it("offers to go on without them after a second", () => {
  show(stall);
  expect(screen.queryByTestId("go-on")).toBeNull();
  pass(1_000);
  fireEvent.click(screen.getByTestId("go-on"));
  expect(command).toHaveBeenCalledWith({ op: "play" });
});

it("offers nothing to whoever may not steer", () => {
  show(stall, ["chat"]);
  pass(2_000);
  expect(screen.queryByTestId("go-on")).toBeNull();
});

it("says when the film should be there, and nobody goes on without it", () => {
  show({ bid: "s", for: [], until_ms: ROOM_NOW + 600_000, why: "source", eta_ms: ROOM_NOW + 12_000 });
  pass(2_000);
  expect(screen.getByTestId("wait").textContent).toBe("The film is still arriving10 s");
  expect(screen.queryByTestId("go-on")).toBeNull();
});

it("names no time that nobody knows", () => {
  show({ bid: "s", for: [], until_ms: ROOM_NOW + 600_000, why: "source" });
  expect(screen.getByTestId("wait").textContent).toBe("The film is still arriving");
});

it("shows nothing while the room plays", () => {
  show(null);
  expect(screen.queryByTestId("wait")).toBeNull();
});
