import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { closeSession, openSession } from "@/lib/session";
import { connectSocket, type Frame, retryDelayMs, type SocketState } from "@/lib/socket";

class FakeWebSocket {
  static readonly OPEN = 1;
  static opened: FakeWebSocket[] = [];
  readyState = 0;
  sent: string[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: ((event: { code: number; reason: string }) => void) | null = null;

  constructor(
    readonly url: URL,
    readonly protocols: string[],
  ) {
    FakeWebSocket.opened.push(this);
  }

  send(text: string): void {
    this.sent.push(text);
  }

  close(): void {
    this.readyState = 3;
  }

  accept(): void {
    this.readyState = 1;
    this.onopen?.();
  }

  say(frame: object): void {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }

  hangUp(code: number): void {
    this.readyState = 3;
    this.onclose?.({ code, reason: "" });
  }
}

let states: SocketState[];
let frames: Frame[];
let tickets: number;
let answers: Map<string, () => Response>;

const json = (body: object, status = 200): Response => Response.json(body, { status });
const me = { id: "a", name: "alice", email: null, is_guest: false, is_verified: true, is_operator: false } as const;
const session = { access: "token", expires_in: 600, user: { ...me, plan: "free", room_id: null } };

const connect = () =>
  connectSocket<Frame, Frame>({
    path: "/ws/rooms/1",
    purpose: "room",
    room: "1",
    onFrame: (frame) => frames.push(frame),
    onState: (state) => states.push(state),
  });

const socket = (index: number): FakeWebSocket => {
  const found = FakeWebSocket.opened[index];
  if (found === undefined) throw new Error(`socket ${index} was never opened`);
  return found;
};

const opened = (count: number): Promise<void> =>
  vi.waitFor(() => expect(FakeWebSocket.opened).toHaveLength(count), { timeout: 3_000 });

beforeEach(() => {
  states = [];
  frames = [];
  tickets = 0;
  FakeWebSocket.opened = [];
  answers = new Map([
    ["/api/v1/ws/ticket", () => json({ ticket: `t${++tickets}`, expires_in: 30 })],
    ["/api/v1/auth/refresh", () => json(session)],
  ]);
  openSession(session);
  vi.spyOn(Math, "random").mockReturnValue(0);
  vi.stubGlobal("WebSocket", FakeWebSocket);
  vi.stubGlobal("fetch", async (input: Request | string) => {
    const path = new URL(typeof input === "string" ? input : input.url, window.location.href).pathname;
    return answers.get(path)?.() ?? json({}, 404);
  });
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
  closeSession();
});

describe("a socket", () => {
  it("opens with a ticket as subprotocol, never in the address", async () => {
    connect();
    await opened(1);
    expect(socket(0).protocols).toEqual(["matinee.v1", "ticket.t1"]);
    expect(socket(0).url.href).toBe("ws://localhost:3000/ws/rooms/1");
  });

  it("hands on frames, and sends only while open", async () => {
    const connection = connect();
    await opened(1);
    expect(connection.send({ t: "hello" })).toBe(false);
    socket(0).accept();
    expect(connection.send({ t: "hello" })).toBe(true);
    socket(0).say({ t: "welcome" });
    expect(socket(0).sent).toEqual(['{"t":"hello"}']);
    expect(frames).toEqual([{ t: "welcome" }]);
  });

  it("comes back with a new ticket after the line broke", async () => {
    connect();
    await opened(1);
    socket(0).accept();
    socket(0).hangUp(1006);
    await opened(2);
    expect(socket(1).protocols[1]).toBe("ticket.t2");
    expect(states.map((state) => state.status)).toEqual(["connecting", "open", "waiting", "connecting"]);
  });

  it("keeps trying while the server does not answer", async () => {
    let failures = 3;
    answers.set("/api/v1/ws/ticket", () => {
      failures -= 1;
      return failures >= 0 ? json({}, 503) : json({ ticket: "late", expires_in: 30 });
    });
    connect();
    await opened(1);
    expect(states.filter((state) => state.status === "waiting")).toHaveLength(3);
  });

  it("waits as long as the server asks when it says goodbye", async () => {
    connect();
    await opened(1);
    socket(0).accept();
    socket(0).say({ t: "bye", code: 4010, why: "restarting", retry_ms: 40 });
    socket(0).hangUp(1012);
    expect(states.at(-1)).toEqual({ status: "waiting", retryMs: 40, attempt: 1 });
    await opened(2);
  });

  it.each([4003, 4004, 4009])("ends for good on close code %i", async (code) => {
    connect();
    await opened(1);
    socket(0).accept();
    socket(0).say({ t: "bye", code, why: "because", retry_ms: null });
    socket(0).hangUp(code);
    await vi.waitFor(() => expect(states.at(-1)).toEqual({ status: "closed", code, why: "because" }));
  });

  it("refreshes the session on 4001 and tries again", async () => {
    connect();
    await opened(1);
    socket(0).hangUp(4001);
    await opened(2);
  });

  it("ends on 4001 when the session cannot be refreshed", async () => {
    answers.set("/api/v1/auth/refresh", () => json({}, 401));
    connect();
    await opened(1);
    socket(0).hangUp(4001);
    await vi.waitFor(() => expect(states.at(-1)).toMatchObject({ status: "closed", code: 4001 }));
  });

  it("ends when charlie is refused a ticket", async () => {
    answers.set("/api/v1/ws/ticket", () => json({ detail: "You are not in this room." }, 403));
    connect();
    await vi.waitFor(() =>
      expect(states.at(-1)).toEqual({ status: "closed", code: 403, why: "You are not in this room." }),
    );
    expect(FakeWebSocket.opened).toHaveLength(0);
  });

  it("stays closed once closed", async () => {
    const connection = connect();
    connection.close();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(FakeWebSocket.opened).toHaveLength(0);
    connection.restart();
    expect(states).toEqual([{ status: "connecting" }]);
  });
});

describe("the delay before another attempt", () => {
  it("is full jitter over 0.3 s x 2^n, never above 10 s", () => {
    expect(retryDelayMs(0, () => 1)).toBe(300);
    expect(retryDelayMs(3, () => 1)).toBe(2_400);
    expect(retryDelayMs(30, () => 1)).toBe(10_000);
    expect(retryDelayMs(5, () => 0)).toBe(0);
  });
});
