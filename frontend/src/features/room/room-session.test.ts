import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { closeSession, openSession } from "@/lib/session";
import { resting } from "@/test/fixtures";
import type { RoomClientFrame, RoomServerFrame, TimelineBody, TitleCard, Welcome } from "@/types/frames.gen";
import { reach } from "./chat/spoilers";
import { ClockProbes } from "./clock-probes";
import { RoomSession } from "./room-session";

class FakeWebSocket {
  static readonly OPEN = 1;
  static opened: FakeWebSocket[] = [];
  readyState = 0;
  sent: RoomClientFrame[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: ((event: { code: number; reason: string }) => void) | null = null;

  constructor() {
    FakeWebSocket.opened.push(this);
  }

  send(text: string): void {
    this.sent.push(JSON.parse(text) as RoomClientFrame);
  }

  close(): void {
    this.readyState = 3;
  }

  accept(): void {
    this.readyState = 1;
    this.onopen?.();
  }

  say(frame: RoomServerFrame): void {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }

  hangUp(code: number): void {
    this.readyState = 3;
    this.onclose?.({ code, reason: "" });
  }

  frames<T extends RoomClientFrame["t"]>(t: T): Extract<RoomClientFrame, { t: T }>[] {
    return this.sent.filter((frame): frame is Extract<RoomClientFrame, { t: T }> => frame.t === t);
  }
}

const timeline: TimelineBody = { ...resting, at_ms: 1_000, by: "alice" };

const film: TitleCard = {
  id: "film",
  name: "Film",
  year: null,
  poster_url: null,
  backdrop_url: null,
  color: "#000000",
  availability: "ready",
  runtime_min: null,
  tmdb_id: null,
  leaves_at: null,
};

const welcome = (over: Partial<Welcome> = {}): Welcome => ({
  t: "welcome",
  v: 1,
  sid: "s1",
  you: { id: "alice", name: "Alice", role: "owner", guest: false, can: ["play_pause", "seek", "chat", "kick"] },
  room: {
    id: "r1",
    name: "Friday",
    preset: "friends",
    title: film,
  },
  tl: timeline,
  members: [{ id: "alice", name: "Alice", role: "owner", guest: false, state: "playing" }],
  events: [{ seq: 4, k: "joined", at: "2026-01-01T00:00:00Z", by: "alice", name: "Alice" }],
  seq: 4,
  now: 5_000,
  resumed: false,
  queue: { rev: 4, on: film, items: [], next: null, poll: null },
  rules: { preset: "friends", locked: false, slow_s: 0, wait: "smart", host: null },
  wishes: [],
  ...over,
});

let session: RoomSession;

const socket = (index: number): FakeWebSocket => {
  const found = FakeWebSocket.opened[index];
  if (found === undefined) throw new Error(`socket ${index} was never opened`);
  return found;
};
const state = () => session.store.getState();

async function opened(count: number): Promise<FakeWebSocket> {
  await vi.waitFor(() => expect(FakeWebSocket.opened).toHaveLength(count), { timeout: 3_000 });
  const latest = socket(count - 1);
  latest.accept();
  return latest;
}

async function enter(): Promise<FakeWebSocket> {
  session.connect();
  const first = await opened(1);
  first.say(welcome());
  return first;
}

beforeEach(() => {
  FakeWebSocket.opened = [];
  openSession({
    access: "token",
    expires_in: 600,
    user: {
      id: "alice",
      name: "Alice",
      email: null,
      is_guest: false,
      is_verified: true,
      is_operator: false,
      plan: "free",
      room_id: null,
    },
  });
  vi.spyOn(Math, "random").mockReturnValue(0);
  vi.stubGlobal("WebSocket", FakeWebSocket);
  vi.stubGlobal("fetch", async () => Response.json({ ticket: "t", expires_in: 30 }));
  session = new RoomSession("r1", { offline: "Not connected." });
});

afterEach(() => {
  session.disconnect();
  closeSession();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

describe("entering", () => {
  it("says hello and shows the room that the welcome describes", async () => {
    const first = await enter();
    expect(first.frames("hello")[0]).toMatchObject({ v: 1, room: "r1" });
    expect(first.frames("hello")[0]).not.toHaveProperty("last");
    expect(state()).toMatchObject({ timeline, you: { id: "alice" }, room: { name: "Friday" } });
    expect(state().lines).toHaveLength(1);
  });

  it("starts to learn the clock at once", async () => {
    const first = await enter();
    const [probe] = first.frames("clk");
    expect(probe).toMatchObject({ n: 0 });
    for (let n = 0; n < 3; n += 1) first.say({ t: "clk", n, c: probe?.c ?? 0, r: 1_000_000, x: 1_000_000 });
    session.clock.advance(performance.now(), { isPlaying: false });
    expect(Math.abs((session.roomNow() ?? 0) - 1_000_000)).toBeLessThan(2_000);
    expect(session.expected()).toBe(60);
  });

  it("asks again when it is welcome and nothing was answered", async () => {
    const toldTime = vi.spyOn(ClockProbes.prototype, "catchUp");
    await enter();
    expect(toldTime).toHaveBeenCalledOnce();
  });
});

describe("power", () => {
  it("comes with the welcome and is replaced whole by what follows", async () => {
    const first = await enter();
    expect(state()).toMatchObject({ rules: { preset: "friends" }, wishes: [] });
    first.say({ t: "rules", preset: "cinema", locked: true, slow_s: 5, wait: "never", host: "bob" });
    first.say({ t: "you", id: "alice", name: "Alice", role: "member", guest: false, can: ["react"] });
    const wish = { id: "w", kind: "ask", by: "bob", name: "Bob", op: "play", until_ms: 1, yes: [], no: [] } as const;
    first.say({ t: "wishes", open: [{ ...wish, yes: [], no: [] }] });
    expect(state()).toMatchObject({
      rules: { preset: "cinema", locked: true, host: "bob" },
      you: { role: "member", can: ["react"] },
      wishes: [{ id: "w" }],
    });
  });

  it("says that it is a companion when the page shows no picture", async () => {
    session = new RoomSession("r1", { offline: "Not connected." }, true);
    const first = await enter();
    expect(first.frames("hello")[0]).toMatchObject({ companion: true });
    const [probe] = first.frames("clk");
    for (let n = 0; n < 3; n += 1) first.say({ t: "clk", n, c: probe?.c ?? 0, r: 1_000_000, x: 1_000_000 });
    expect(Math.abs((session.roomNow() ?? 0) - 1_000_000)).toBeLessThan(2_000);
  });
});

describe("a start that was just scheduled", () => {
  const scheduled = (): TimelineBody => ({ ...timeline, rev: 8, at_ms: 1_000_000, playing: true, cause: "play" });

  async function enterAt(asCompanion: boolean) {
    session = new RoomSession("r1", { offline: "Not connected." }, asCompanion);
    const server = await enter();
    const [probe] = server.frames("clk");
    for (let n = 0; n < 3; n += 1) server.say({ t: "clk", n, c: probe?.c ?? 0, r: 1_000_000, x: 1_000_000 });
    session.clock.advance(performance.now(), { isPlaying: false });
    server.say({ t: "tl", ...scheduled() });
    return server;
  }

  it("is held up by a page whose film is still to come, and never by a remote", async () => {
    expect((await enterAt(false)).frames("ready")).toEqual([{ t: "ready", bid: "8", ok: false }]);
    session.disconnect();
    FakeWebSocket.opened = [];
    expect((await enterAt(true)).frames("ready")).toEqual([]);
  });

  it("came to a room at rest, and a jump in it to a room that goes on", async () => {
    const server = await enterAt(false);
    const say = (rev: number, over: Partial<TimelineBody>): void =>
      server.say({ t: "tl", ...scheduled(), rev, ...over });
    say(9, { playing: false, cause: "pause" });
    say(10, { at_ms: 1_090_000 });
    expect(state().wasGoing).toBe(false);
    say(11, { at_ms: 900_000, cause: "seek" });
    expect(state().wasGoing, "the start itself was still ahead").toBe(false);
    say(12, { at_ms: 1_000_300, cause: "seek" });
    expect(state().wasGoing).toBe(true);
    say(14, { at_ms: 1_000_300 });
    expect(state().wasGoing, "a pause was missed").toBe(false);
  });
});

describe("another film", () => {
  it("has its own spoilers", async () => {
    const server = await enter();
    reach(session.store, 500);
    server.say({ t: "tl", ...timeline, rev: 8, item: "other", position_ms: 0, cause: "item" });
    server.say({ t: "ev", seq: 5, k: "switched", at: "", by: null, name: null });
    expect(state().guard.reachedS).toBe(0);
    reach(session.store, 300);
    server.hangUp(1006);
    (await opened(2)).say(welcome({ resumed: true, events: [], tl: { ...timeline, rev: 12, item: "third" } }));
    expect(state().guard.reachedS).toBe(0);
  });

  it("has its own troubles, and another handle of the same element begins nothing anew", async () => {
    await enter();
    const video = document.createElement("video");
    session.attach(video);
    session.store.setState({ isBlocked: true, isStruggling: true });
    session.attach(video);
    expect(state()).toMatchObject({ isBlocked: true, isStruggling: true });
    session.attach(document.createElement("video"));
    expect(state()).toMatchObject({ isBlocked: false, isStruggling: false });
  });
});

describe("coming back", () => {
  it("says what it has, keeps what it shows, and takes what it missed", async () => {
    const first = await enter();
    first.hangUp(1006);
    expect(state().timeline).toEqual(timeline);
    const second = await opened(2);
    expect(second.frames("hello")[0]).toMatchObject({ sid: "s1", last: { epoch: 1, rev: 7, seq: 4 } });
    const missed = { seq: 5, k: "chat", at: "", by: "bob", name: "Bob", text: "hi", cid: "c5" } as const;
    second.say(welcome({ resumed: true, events: [missed], seq: 5 }));
    expect(state().lines.map(({ seq }) => seq)).toEqual([4, 5]);
  });

  it("takes the room's timeline although its number is lower when the room began a new life", async () => {
    const first = await enter();
    first.hangUp(1006);
    const second = await opened(2);
    second.say(welcome({ tl: { ...timeline, epoch: 2, rev: 1 } }));
    expect(state().timeline).toMatchObject({ epoch: 2, rev: 1 });
  });

  it("sends a message that was written meanwhile, under the same id, and shows it once", async () => {
    const first = await enter();
    first.hangUp(1006);
    session.say("anybody there?", 4);
    expect(state().lines.at(-1)).toMatchObject({ delivery: "sending" });
    const second = await opened(2);
    second.say(welcome({ resumed: true, events: [] }));
    const [chat] = second.frames("chat");
    expect(chat).toMatchObject({ text: "anybody there?", reply: 4 });
    const event = { t: "ev", seq: 5, k: "chat", at: "", by: "alice", name: "Alice", text: "anybody there?" } as const;
    second.say({ ...event, cid: chat?.cid ?? null });
    second.say({ ...event, cid: chat?.cid ?? null });
    expect(state().lines.filter((line) => line.kind === "chat")).toHaveLength(1);
    expect(state().lines.at(-1)).toMatchObject({ delivery: "sent", seq: 5 });
  });

  it("lets somebody type until their message is there", async () => {
    const socket = await enter();
    socket.say({ t: "typing", id: "bob" });
    expect(state().typing.bob).toBeGreaterThan(performance.now());
    socket.say({ t: "ev", seq: 5, k: "chat", at: "", by: "bob", name: "Bob", text: "hi", cid: "c5" });
    expect(state().typing.bob).toBe(0);
  });

  it("is over when the host removed the person", async () => {
    const first = await enter();
    first.say({ t: "bye", code: 4003, why: "The host removed you.", retry_ms: null });
    first.hangUp(4003);
    await vi.waitFor(() =>
      expect(state().connection).toEqual({ status: "closed", code: 4003, why: "The host removed you." }),
    );
  });
});

describe("in the room", () => {
  it("bases commands on the revision that the person sees", async () => {
    const first = await enter();
    session.command({ op: "seek", position: 12 });
    expect(first.frames("cmd")[0]).toMatchObject({ base: 7, op: "seek", position: 12 });
  });

  it("follows greater revisions only", async () => {
    const first = await enter();
    first.say({ t: "tl", ...timeline, rev: 9, position_ms: 90_000 });
    first.say({ t: "tl", ...timeline, rev: 8, position_ms: 80_000 });
    expect(state().timeline).toMatchObject({ rev: 9, position_ms: 90_000 });
  });

  it("says so when a command is refused, and when there is no connection for it", async () => {
    const first = await enter();
    first.say({
      t: "res",
      cid: "c",
      ok: false,
      rev: 7,
      err: { code: "forbidden", message: "Only the host may seek." },
    });
    expect(state().notice?.text).toBe("Only the host may seek.");
    first.say({ t: "res", cid: "c", ok: false, rev: 7, superseded: true });
    expect(state().notice?.n).toBe(1);
    first.hangUp(1006);
    session.command({ op: "play" });
    expect(state().notice?.text).toBe("Not connected.");
  });

  it("marks a refused message and sends it again when asked", async () => {
    const first = await enter();
    session.say("quick");
    const cid = first.frames("chat")[0]?.cid ?? "";
    first.say({ t: "res", cid, ok: false, rev: 7, err: { code: "slow_down", message: "Too many messages." } });
    expect(state().lines.at(-1)).toMatchObject({ delivery: "failed", failure: "Too many messages." });
    session.sayAgain(cid);
    expect(first.frames("chat").map((frame) => frame.cid)).toEqual([cid, cid]);
  });

  it("takes a message that was kept long ago off the way", async () => {
    const first = await enter();
    session.say("said before the line broke");
    const cid = first.frames("chat")[0]?.cid ?? "";
    first.say({ t: "res", cid, ok: true, rev: 7 });
    expect(state().lines.some((line) => line.seq === null)).toBe(false);
  });

  it("says that somebody types at most every three seconds", async () => {
    const first = await enter();
    session.typing();
    session.typing();
    expect(first.frames("typing")).toHaveLength(1);
  });

  it("ignores frames that it does not know", async () => {
    const first = await enter();
    first.onmessage?.({ data: '{"t":"fireworks"}' });
    expect(state().timeline).toEqual(timeline);
  });

  it("hands frames to whoever listens, after itself, until they stop", async () => {
    const heard: (number | undefined)[] = [];
    const stop = session.on("ev", ({ seq }) => heard.push(seq, state().lines.length));
    const server = await enter();
    server.say({ t: "ev", seq: 5, k: "joined", at: "2026-01-01T00:00:01Z", by: "bob", name: "Bob" });
    stop();
    server.say({ t: "ev", seq: 6, k: "joined", at: "2026-01-01T00:00:02Z", by: "carl", name: "Carl" });
    expect(heard).toEqual([5, 2]);
  });

  it("says so when a wish finds no connection", () => {
    expect(session.tell({ t: "kick", uid: "bob", cid: "c1" })).toBe(false);
    expect(state().notice?.text).toBe("Not connected.");
  });
});
