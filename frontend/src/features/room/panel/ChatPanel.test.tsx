import { act, fireEvent, render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { EventBody, RoomClientFrame } from "@/types/frames.gen";
import { addEvents } from "../feed";
import { RoomSession } from "../room-session";
import { RoomContext } from "../use-room";
import { ChatPanel } from "./ChatPanel";

const ALICE = { id: "alice", name: "Alice", role: "owner", guest: false } as const;

const event = (seq: number, over: Partial<EventBody> = {}): EventBody => ({
  seq,
  k: "chat",
  at: new Date().toISOString(),
  by: "bob",
  name: "Bob",
  text: `message ${seq}`,
  cid: `c${seq}`,
  position_s: 0,
  ...over,
});

let session: RoomSession;
let told: RoomClientFrame[];

function show(events: EventBody[], can: ("chat" | "react" | "kick")[] = ["chat", "react"]) {
  session = new RoomSession("room", { offline: "" });
  told = [];
  session.tell = (frame) => told.push(frame) > 0;
  session.say = vi.fn();
  session.store.setState({ you: { ...ALICE, can }, lines: addEvents([], events) });
  render(
    <RoomContext value={session}>
      <ChatPanel />
    </RoomContext>,
  );
  return userEvent.setup();
}

const hear = (...events: EventBody[]) =>
  act(() => session.store.setState(({ lines }) => ({ lines: addEvents(lines, events) })));

const input = () => screen.getByTestId<HTMLInputElement>("chat-input");
const messages = () => screen.getAllByTestId("message");

beforeEach(() => {
  localStorage.clear();
  Element.prototype.scrollIntoView = vi.fn(); // jsdom has no layout
});

describe("the chat", () => {
  it("answers a message by its number, and shows what is answered", async () => {
    const user = show([event(1)]);
    await user.click(screen.getByRole("button", { name: "Reply to Bob" }));
    expect(input()).toHaveFocus();
    expect(screen.getByRole("status")).toHaveTextContent("message 1");
    await user.keyboard("why?{Enter}");
    expect(session.say).toHaveBeenCalledWith("why?", 1);
    expect(screen.queryByRole("status")).toBeNull();
    hear(event(2, { by: "alice", text: "why?", reply: 1 }));
    expect(screen.getByTestId("quote")).toHaveTextContent("Bobmessage 1");
    fireEvent.click(screen.getByTestId("quote"));
    expect(messages()[0]).toHaveFocus();
  });

  it("forgets what it was going to answer on Escape, but not what was written", async () => {
    const user = show([event(1)]);
    await user.click(screen.getByRole("button", { name: "Reply to Bob" }));
    await user.keyboard("hm{Escape}");
    expect(screen.queryByRole("status")).toBeNull();
    expect(input()).toHaveValue("hm");
    await user.keyboard("{Enter}");
    expect(session.say).toHaveBeenCalledWith("hm", null);
  });

  it("is only read by somebody who may not write", () => {
    show([event(1, { by: "alice", name: "Alice" })], ["react"]);
    expect(input()).toBeDisabled();
    expect(screen.getByRole("button", { name: "Send" })).toBeDisabled();
    expect(screen.getByText(/not write in it/)).toBeInTheDocument();
    expect(screen.queryByRole("button", { name: "Change your message" })).toBeNull();
  });

  it("changes one's own last words after the arrow up, and Escape leaves them", async () => {
    const user = show([event(1, { by: "alice", name: "Alice", text: "helo" }), event(2)]);
    await user.click(input());
    await user.keyboard("{ArrowUp}");
    expect(input()).toHaveValue("helo");
    await user.keyboard("{Escape}");
    expect(input()).toHaveValue("");
    await user.keyboard("{ArrowUp}");
    await user.clear(input());
    await user.keyboard("hello{Enter}");
    expect(told).toMatchObject([{ t: "chat.edit", seq: 1, text: "hello" }]);
    hear(event(3, { k: "edited", by: "alice", reply: 1, text: "hello" }));
    expect(messages()[0]).toHaveTextContent("hello (edited)");
  });

  it("asks once more before words are taken away", async () => {
    const user = show([event(1)], ["chat", "kick"]);
    await user.click(screen.getByRole("button", { name: "Remove this message" }));
    expect(told).toEqual([]);
    await user.click(screen.getByRole("button", { name: "Remove?" }));
    expect(told).toMatchObject([{ t: "chat.del", seq: 1 }]);
    hear(event(2, { k: "deleted", by: "alice", reply: 1 }));
    expect(messages()[0]).toHaveTextContent("Message removed");
    expect(within(messages()[0] as HTMLElement).queryByRole("button", { name: "Reply to Bob" })).toBeNull();
  });

  it("offers nothing that one may not do", () => {
    show([event(1)], []);
    for (const name of ["Reply to Bob", "React to Bob's message", "Edit", "Remove this message"]) {
      expect(screen.queryByRole("button", { name })).toBeNull();
    }
    expect(screen.queryByTestId("react-film")).toBeNull();
  });

  it("puts a reaction under a message and takes one's own away", async () => {
    const user = show([event(1, { data: { wow: "alice bob" } })]);
    const wow = screen.getByTestId("reaction-wow");
    expect(wow).toHaveAccessibleName("Wow, 2 people");
    expect(wow).toHaveAttribute("aria-pressed", "true");
    await user.click(wow);
    await user.click(screen.getByRole("button", { name: "React to Bob's message" }));
    await user.click(within(messages()[0] as HTMLElement).getByTestId("emoji-heart"));
    expect(told).toMatchObject([
      { t: "chat.react", seq: 1, e: "wow", on: false },
      { t: "chat.react", seq: 1, e: "heart", on: true },
    ]);
  });

  it("keeps quiet about reactions: they are outside of what is read out", () => {
    show([event(1, { data: { wow: "bob" } })]);
    expect(screen.getByRole("log")).toHaveAttribute("aria-relevant", "additions");
    expect(screen.getByTestId("reaction-wow").closest("[aria-live]")).toHaveAttribute("aria-live", "off");
  });

  it("holds back what was said later in the film, until the film or the person gets there", async () => {
    const user = show([event(1), event(2, { position_s: 760 }), event(3, { position_s: 900, reply: 2 })]);
    expect(screen.getByTestId("held")).toHaveTextContent("2 messages from 12:40, when you get there");
    expect(screen.queryByText("message 2")).toBeNull();
    act(() => session.store.setState(({ guard }) => ({ guard: { ...guard, reachedS: 755 } })));
    expect(screen.getByText("message 2")).toBeVisible();
    await user.click(screen.getByRole("button", { name: "Show now" }));
    expect(screen.getByText("message 3")).toBeVisible();
    expect(screen.queryByTestId("held")).toBeNull();
  });

  it("shows everything when the guard is off, and remembers that", async () => {
    const user = show([event(1, { position_s: 900 })]);
    await user.click(screen.getByTestId("spoiler-guard"));
    expect(screen.getByText("message 1")).toBeVisible();
    expect(new RoomSession("room", { offline: "" }).store.getState().guard.isOn).toBe(false);
  });

  it("does not show a message of later in an answer to it", () => {
    show([event(1, { position_s: 900 }), event(2, { reply: 1, text: "wait for it" })]);
    expect(screen.queryByText("message 1")).toBeNull();
    expect(screen.getByText("An earlier message")).toBeVisible();
  });

  it("reacts to the film where it is", async () => {
    const user = show([]);
    session.expected = () => 61.5;
    await user.click(within(screen.getByTestId("react-film")).getByRole("button", { name: "Hot" }));
    expect(told).toEqual([{ t: "react", e: "fire", mt: 61.5 }]);
  });
});
