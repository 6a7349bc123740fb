import { act, fireEvent, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { You } from "@/types/frames.gen";
import type { RoomSession } from "../room-session";
import { createRoomStore } from "../room-store";
import { RoomContext } from "../use-room";
import { VoiceContext } from "./use-voice";
import { VoiceBar } from "./VoiceBar";
import { SpeakingAvatar, VoiceVolume } from "./VoiceMember";
import type { VoiceSession } from "./voice-session";
import { createVoiceStore } from "./voice-store";

const you: You = { id: "me", name: "Me", role: "member", guest: false, can: ["chat", "voice"] };

function show(can: You["can"] = you.can) {
  const room = { store: createRoomStore() };
  room.store.setState({ you: { ...you, can } });
  const store = createVoiceStore();
  const calls = {
    join: vi.fn(),
    leave: vi.fn(),
    hold: vi.fn(),
    setMode: vi.fn(),
    setMuted: vi.fn(),
    setVolume: vi.fn(),
  };
  const { unmount } = render(
    <RoomContext value={room as unknown as RoomSession}>
      <VoiceContext value={{ store, ...calls } as unknown as VoiceSession}>
        <VoiceBar />
        <SpeakingAvatar id="ann" name="Ann" />
        <VoiceVolume id="ann" name="Ann" />
        <VoiceVolume id="me" name="Me" />
      </VoiceContext>
    </RoomContext>,
  );
  return {
    ...calls,
    unmount,
    set: (state: Partial<ReturnType<typeof store.getState>>) => act(() => store.setState(state)),
  };
}

beforeEach(() => {
  localStorage.clear();
  Element.prototype.setPointerCapture = vi.fn();
});
afterEach(() => vi.restoreAllMocks());

it("says who is talking already, and joins on a click only", async () => {
  const { join, set } = show();
  set({ who: [{ id: "ann", sid: "ann:1", talking: false }] });
  expect(screen.getByText("One person is in voice")).toBeInTheDocument();
  expect(join).not.toHaveBeenCalled();
  await userEvent.click(screen.getByRole("button", { name: "Join voice" }));
  expect(join).toHaveBeenCalledOnce();
});

it.each([
  ["insecure", /Open Matinee on https/],
  ["denied", /Allow it beside the address/],
  ["missing", /No microphone was found/],
  ["busy", /Another program holds the microphone/],
  ["server", /did not answer/],
] as const)("says what to do when joining did not work: %s", (refusal, text) => {
  show().set({ refusal });
  expect(screen.getByRole("alert")).toHaveTextContent(text);
});

it("talks while the button is held, by finger or by key", () => {
  const { hold, set } = show();
  set({ status: "on" });
  const button = screen.getByRole("button", { name: "Hold to talk" });
  fireEvent.pointerDown(button, { pointerId: 1 });
  expect(hold).toHaveBeenLastCalledWith(true);
  fireEvent.pointerCancel(button);
  expect(hold).toHaveBeenLastCalledWith(false);
  fireEvent.keyDown(button, { key: " " });
  expect(hold).toHaveBeenLastCalledWith(true);
  fireEvent.blur(button);
  expect(hold).toHaveBeenLastCalledWith(false);
});

it("lets go of the button when the panel is closed under the finger", () => {
  const { hold, set, unmount } = show();
  set({ status: "on" });
  fireEvent.pointerDown(screen.getByRole("button", { name: "Hold to talk" }), { pointerId: 1 });
  unmount();
  expect(hold).toHaveBeenLastCalledWith(false);
});

it("mutes an open microphone, shows what it hears, and leaves", async () => {
  const { setMode, setMuted, leave, set } = show();
  set({ status: "on", level: 0.5 });
  await userEvent.click(screen.getByLabelText("Open mic"));
  expect(setMode).toHaveBeenCalledWith("open");
  set({ mode: "open" });
  await userEvent.click(screen.getByRole("button", { name: "Mute" }));
  expect(setMuted).toHaveBeenCalledWith(true);
  expect(screen.getByTestId("voice-meter")).toHaveAttribute("data-level", "3");
  await userEvent.click(screen.getByRole("button", { name: "Leave voice" }));
  expect(leave).toHaveBeenCalledOnce();
});

it("is not there for somebody who may not talk", () => {
  show(["chat"]);
  expect(screen.queryByRole("button", { name: "Join voice" })).not.toBeInTheDocument();
});

it("rings around who speaks, and lets everybody but oneself be louder or softer", () => {
  const { setVolume, set } = show();
  expect(screen.queryByText("Ann speaks")).not.toBeInTheDocument();
  set({ status: "on", who: ["ann", "me"].map((id) => ({ id, sid: `${id}:1`, talking: true })) });
  expect(screen.getByText("Ann speaks")).toBeInTheDocument();
  fireEvent.change(screen.getByLabelText("How loud Ann is"), { target: { value: "0.5" } });
  expect(setVolume).toHaveBeenCalledWith("ann", 0.5);
  expect(screen.queryByLabelText("How loud Me is")).not.toBeInTheDocument();
});
