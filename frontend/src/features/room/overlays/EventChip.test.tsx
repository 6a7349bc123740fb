import { act, cleanup, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { EventBody } from "@/types/frames.gen";
import { addEvents } from "../feed";
import type { RoomSession } from "../room-session";
import { createRoomStore, type RoomStore } from "../room-store";
import { RoomContext } from "../use-room";
import { EventChip } from "./EventChip";

const joined: EventBody = { seq: 1, k: "joined", by: "bob", name: "Bob", at: "2026-03-01T20:00:00Z" };
const said: EventBody = { seq: 2, k: "chat", by: "bob", name: "Bob", at: "2026-03-01T20:00:01Z", text: "Hello" };

let store: RoomStore;

const chip = (isPanelOpen: boolean) => (
  <RoomContext value={{ store } as unknown as RoomSession}>
    <EventChip isPanelOpen={isPanelOpen} />
  </RoomContext>
);

function show(isPanelOpen: boolean) {
  store = createRoomStore();
  return render(chip(isPanelOpen));
}

const happen = (event: EventBody): void =>
  act(() => store.setState(({ lines }) => ({ lines: addEvents(lines, [event]) })));
const pass = (ms: number): void => act(() => void vi.advanceTimersByTime(ms));

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
});

afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

it("shows what happened for a moment", () => {
  show(true);
  happen(joined);
  expect(screen.getByText("Bob joined")).toBeInTheDocument();
  pass(3_500);
  expect(screen.queryByText("Bob joined")).toBeNull();
});

it("says who stays with the film, and that it is the queue when it is nobody", () => {
  show(true);
  happen({ ...joined, k: "next_declined" });
  expect(screen.getByText("Bob stays with this film")).toBeInTheDocument();
  happen({ ...joined, seq: 2, k: "next_declined", by: null, name: null });
  expect(screen.getByText("No film of the queue can be watched now")).toBeInTheDocument();
});

it("takes it away in time although somebody writes in the open chat meanwhile", () => {
  show(true);
  happen(joined);
  pass(1_000);
  happen(said);
  expect(screen.getByText("Bob joined")).toBeInTheDocument();
  pass(2_500);
  expect(screen.queryByText("Bob joined")).toBeNull();
});

it("shows a message while the chat is closed", () => {
  show(false);
  happen(said);
  expect(screen.getByText("Bob: Hello")).toBeInTheDocument();
});

it("brings no old news back when the panel is closed or opened", () => {
  const { rerender } = show(true);
  happen(said);
  rerender(chip(false));
  expect(screen.queryByText("Bob: Hello")).toBeNull();
  happen({ ...joined, seq: 3 });
  pass(3_500);
  rerender(chip(true));
  expect(screen.queryByText("Bob joined")).toBeNull();
});

it.each(["ready_asked", "next_offered", "waited", "proposed"] as const)(
  "leaves %s to the card over the picture for those who see it",
  (k) => {
    show(false);
    happen({ ...joined, k, data: { title: "Harbour Lights", op: "play" } });
    expect(screen.getByRole("status")).not.toBeEmptyDOMElement();
    expect(document.querySelector("p")).toHaveClass("sr-only");
    happen({ ...joined, seq: 2 });
    expect(screen.getByText("Bob joined")).not.toHaveClass("sr-only");
  },
);

it("keeps a message on the picture when a card comes", () => {
  show(false);
  happen(said);
  happen({ ...joined, k: "waited", seq: 3 });
  expect(screen.getByText("Bob: Hello")).not.toHaveClass("sr-only");
  expect(screen.getByRole("status").querySelector(".sr-only")).not.toBeNull();
});
