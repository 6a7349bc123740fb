import { act, renderHook } from "@testing-library/react";
import type { ReactNode } from "react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { resting } from "@/test/fixtures";
import type { TimelineBody, You } from "@/types/frames.gen";
import { RoomSession } from "./room-session";
import type { RoomState } from "./room-store";
import { RoomContext } from "./use-room";
import { useRoomTransport } from "./use-room-transport";

const NOW = 1_800_000_000_000;
const you: You = { id: "me", name: "Me", role: "member", guest: false, can: ["play_pause", "seek", "rate"] };
const timeline: TimelineBody = { ...resting, at_ms: NOW, playing: true, cause: "play" };

function visit(state: Partial<RoomState>) {
  const session = new RoomSession("room", { offline: "offline" });
  const command = vi.spyOn(session, "command").mockReturnValue();
  const unblock = vi.spyOn(session, "unblock");
  const clock = vi.spyOn(session, "roomNow").mockReturnValue(NOW);
  session.store.setState({ you, ...state });
  const wrapper = ({ children }: { children: ReactNode }) => <RoomContext value={session}>{children}</RoomContext>;
  const { result } = renderHook(() => useRoomTransport(), { wrapper });
  const video = document.createElement("video");
  return { session, command, unblock, clock, video, transport: result.current(video) };
}

const going = (video: HTMLVideoElement): void => {
  Object.defineProperty(video, "paused", { configurable: true, value: false });
};

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

it("asks for a start while the room rests, and for nothing while one is on its way", () => {
  const { session, command, transport } = visit({ timeline: { ...timeline, playing: false } });
  expect(transport.offersPlay()).toBe(true);
  transport.play();
  session.store.setState({ timeline: { ...timeline, rev: 8, at_ms: NOW + 200 } });
  transport.play();
  expect(command.mock.calls).toEqual([[{ op: "play" }]]);
});

it("plays a film that has ended, also where the room came to rest there", () => {
  for (const playing of [true, false]) {
    const { command, transport } = visit({ timeline: { ...timeline, position_ms: 600_000, playing } });
    transport.play();
    expect(command.mock.calls).toEqual([[{ op: "play" }]]);
  }
});

it("lets a page join in that was not allowed to, and moves nobody else unless the room rests", () => {
  const joins = visit({ timeline, isBlocked: true });
  joins.transport.play();
  expect(joins.unblock).toHaveBeenCalledOnce();
  expect(joins.command).not.toHaveBeenCalled();
  const rests = visit({ timeline: { ...timeline, playing: false }, isBlocked: true });
  rests.transport.play();
  expect(rests.unblock).toHaveBeenCalledOnce();
  expect(rests.command.mock.calls).toEqual([[{ op: "play" }]]);
});

it("says when the button changes: by a timeline, by the element, and by the time", () => {
  const { session, clock, video, transport } = visit({ timeline });
  const offers: boolean[] = [];
  const end = transport.watchOffer(() => offers.push(transport.offersPlay()));
  act(() => session.store.setState({ timeline: { ...timeline, rev: 8 }, wasGoing: true }));
  act(() => session.store.setState({ timeline: { ...timeline, rev: 9 }, wasGoing: false }));
  going(video);
  video.dispatchEvent(new Event("play"));
  expect(offers).toEqual([false, true, false]);
  Object.defineProperty(video, "paused", { value: true });
  video.dispatchEvent(new Event("pause"));
  clock.mockReturnValue(NOW + 1_000); // overdue: this page cannot show what plays
  vi.advanceTimersByTime(300);
  expect(offers.slice(3)).toEqual([true, false]);
  end();
  video.dispatchEvent(new Event("play"));
  session.store.setState({ wasGoing: true });
  vi.advanceTimersByTime(1_000);
  expect(offers).toHaveLength(5);
});
