import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { json } from "@/test/fixtures";
import { serve } from "@/test/render";
import type { RoomClientFrame, RoomServerFrame, Talker } from "@/types/frames.gen";
import type { RoomSession } from "../room-session";
import { createRoomStore } from "../room-store";
import { FakeConnection, fakeVoiceParts, microphone, settle } from "./voice-fakes.test-support";
import { VoiceSession } from "./voice-session";

/** A room whose frames the test says and reads. */
class FakeRoom {
  readonly store = createRoomStore();
  readonly told: RoomClientFrame[] = [];
  private readonly listeners = new Map<string, Set<(frame: never) => void>>();

  on(t: string, listener: (frame: never) => void): () => void {
    const all = this.listeners.get(t) ?? new Set();
    this.listeners.set(t, all.add(listener));
    return () => all.delete(listener);
  }

  tell(frame: RoomClientFrame): boolean {
    this.told.push(frame);
    return true;
  }

  say(frame: RoomServerFrame): void {
    for (const listener of this.listeners.get(frame.t) ?? []) listener(frame as never);
  }

  welcome(): void {
    this.store.setState({ connection: { status: "open" } });
    this.say({ t: "welcome", sid: "m", you: { id: "me" } } as RoomServerFrame);
  }

  lists(...who: Talker[]): void {
    this.say({ t: "voice", who });
  }

  of<T extends RoomClientFrame["t"]>(t: T): Extract<RoomClientFrame, { t: T }>[] {
    return this.told.filter((frame): frame is Extract<RoomClientFrame, { t: T }> => frame.t === t);
  }
}

const me: Talker = { id: "me", sid: "me:m", talking: false };
const ann: Talker = { id: "ann", sid: "ann:1", talking: false };
const zoe: Talker = { id: "zoe", sid: "zoe:1", talking: false };

let room: FakeRoom;
let voice: VoiceSession;
let stop: () => void;

beforeEach(() => {
  vi.useFakeTimers();
  localStorage.clear();
  fakeVoiceParts();
  serve({
    "GET /rooms/r1/voice": () => json({ ice_servers: [{ urls: ["stun:x"], username: null, credential: null }] }),
  });
  vi.spyOn(HTMLMediaElement.prototype, "pause").mockReturnValue();
  room = new FakeRoom();
  voice = new VoiceSession(room as unknown as RoomSession, "r1");
  stop = voice.start();
  room.welcome();
});

afterEach(() => {
  stop();
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

async function join(...others: Talker[]): Promise<void> {
  await voice.join();
  room.lists(...others, me);
  await settle();
}

function track() {
  const found = microphone.stream.getTracks()[0];
  if (found === undefined) throw new Error("no track");
  return found;
}

describe("joining", () => {
  it("says so, connects to everybody, and offers to those with a larger address", async () => {
    await join(ann, zoe);
    expect(room.of("voice")[0]).toMatchObject({ on: true, talk: false });
    expect(FakeConnection.made).toHaveLength(2);
    expect(FakeConnection.made[0]?.configuration).toEqual({ iceServers: [{ urls: ["stun:x"] }] });
    expect(room.of("rtc").map(({ to, sdp }) => [to, sdp?.type])).toEqual([["zoe:1", "offer"]]);
  });

  it.each([
    ["NotAllowedError", "denied"],
    ["NotFoundError", "missing"],
    ["NotReadableError", "busy"],
  ] as const)("says in words that the microphone answered %s", async (name, refusal) => {
    const getUserMedia = async () => Promise.reject(new DOMException("no", name));
    vi.stubGlobal("navigator", { mediaDevices: { getUserMedia } });
    await voice.join();
    expect(voice.store.getState()).toMatchObject({ status: "off", refusal });
    expect(room.of("voice")).toEqual([]);
  });

  it("knows that plain http has no microphone", async () => {
    vi.stubGlobal("isSecureContext", false);
    await voice.join();
    expect(voice.store.getState().refusal).toBe("insecure");
  });

  it("gives the microphone back when the server refuses", async () => {
    serve({ "GET /rooms/r1/voice": () => json({ detail: "no", code: "not_allowed" }, 403) });
    await voice.join();
    expect(voice.store.getState()).toMatchObject({ status: "off", refusal: "server" });
    expect(track().isStopped).toBe(true);
  });

  it("gives a microphone back that comes after the person changed their mind", async () => {
    const joining = voice.join();
    voice.leave();
    await joining;
    expect(track().isStopped).toBe(true);
    expect(voice.store.getState()).toMatchObject({ status: "off", refusal: null });
  });

  it("ends when the server says that voice is full", async () => {
    await voice.join();
    const cid = room.of("voice")[0]?.cid ?? null;
    room.say({ t: "res", cid, ok: false, rev: 1, err: { code: "voice_full", message: "Full." } });
    expect(voice.store.getState().status).toBe("off");
    expect(track().isStopped).toBe(true);
  });
});

describe("talking", () => {
  it("opens the microphone while the key is held", async () => {
    await join(ann);
    expect(track().enabled).toBe(false);
    voice.hold(true);
    expect(track().enabled).toBe(true);
    await vi.advanceTimersByTimeAsync(300);
    expect(room.of("voice").at(-1)).toMatchObject({ on: true, talk: true });
    voice.hold(false);
    expect(track().enabled).toBe(false);
    await vi.advanceTimersByTimeAsync(300);
    expect(room.of("voice").at(-1)).toMatchObject({ on: true, talk: false });
  });

  it("never says more than the room takes, and the last word counts", async () => {
    await join(ann);
    for (let press = 0; press < 40; press += 1) {
      voice.hold(press % 2 === 0);
      await vi.advanceTimersByTimeAsync(50);
    }
    await vi.advanceTimersByTimeAsync(1_000);
    expect(room.of("voice").length).toBeLessThanOrEqual(9);
    expect(room.of("voice").at(-1)).toMatchObject({ talk: false });
  });

  it("hears by itself when the microphone stays open, and not while it is muted", async () => {
    await join(ann);
    voice.setMode("open");
    expect(track().enabled).toBe(true);
    microphone.level = 0.3;
    await vi.advanceTimersByTimeAsync(500);
    expect(voice.store.getState()).toMatchObject({ isTalking: true });
    expect(voice.store.getState().level).toBeGreaterThan(0.5);
    voice.setMuted(true);
    expect(track().enabled).toBe(false);
    expect(voice.store.getState().isTalking).toBe(false);
    expect(new VoiceSession(room as unknown as RoomSession, "r1").store.getState().mode).toBe("open");
  });

  it("plays everybody as loud as this device remembers", async () => {
    await join(ann);
    const created = vi.spyOn(document, "createElement");
    voice.setVolume("ann", 0.4);
    FakeConnection.made[0]?.ontrack?.({ streams: [microphone.stream], track: track() });
    const [played] = created.mock.results.map(({ value }) => value as HTMLAudioElement);
    expect(played?.volume).toBe(0.4);
    voice.setVolume("ann", 0.7);
    expect(played?.volume).toBe(0.7);
    expect(new VoiceSession(room as unknown as RoomSession, "r1").store.getState().volumes).toEqual({ ann: 0.7 });
  });
});

describe("leaving", () => {
  it("releases everything", async () => {
    await join(ann, zoe);
    voice.hold(true);
    voice.leave();
    expect(room.of("voice").at(-1)).toMatchObject({ on: false });
    expect(track().isStopped).toBe(true);
    expect(FakeConnection.made.map(({ signalingState }) => signalingState)).toEqual(["closed", "closed"]);
    expect(voice.store.getState()).toMatchObject({ status: "off", isHeld: false, isTalking: false, level: 0 });
    expect(vi.getTimerCount()).toBe(0);
  });

  it("closes the connection to whoever left, and to nobody else", async () => {
    await join(ann, zoe);
    room.lists(zoe, me);
    expect(FakeConnection.made.map(({ signalingState }) => signalingState === "closed")).toEqual([true, false]);
  });

  it("ends with the visit, and closes a microphone that comes after it", async () => {
    await join(ann);
    room.store.setState({ connection: { status: "closed", code: 4003, why: "" } });
    expect(track().isStopped).toBe(true);
    expect(voice.store.getState().status).toBe("off");
    room.welcome();
    const joining = voice.join();
    room.store.setState({ connection: { status: "closed", code: 4003, why: "" } });
    await joining;
    expect(track().isStopped).toBe(true);
    expect(voice.store.getState().status).toBe("off");
  });

  it("ends when the list says that we are out", async () => {
    await join(ann);
    room.lists(ann);
    expect(voice.store.getState().status).toBe("off");
    expect(FakeConnection.made[0]?.signalingState).toBe("closed");
  });
});

describe("a break of the room's line", () => {
  it("keeps the connections, and says again that we are here", async () => {
    await join(ann, zoe);
    for (const connection of FakeConnection.made) connection.becomes("connected");
    room.store.setState({ connection: { status: "connecting" } });
    voice.hold(true);
    await vi.advanceTimersByTimeAsync(300);
    expect(room.of("voice")).toHaveLength(1);
    room.welcome();
    expect(room.of("voice").at(-1)).toMatchObject({ on: true, talk: true });
    room.lists();
    room.lists(me);
    room.lists(me, zoe);
    expect(FakeConnection.made.map(({ signalingState }) => signalingState === "closed")).toEqual([false, false]);
    expect(FakeConnection.made).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(15_000);
    expect(FakeConnection.made.map(({ signalingState }) => signalingState === "closed")).toEqual([true, false]);
    expect(voice.store.getState().status).toBe("on");
  });
});
