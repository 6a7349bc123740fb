/**
 * A socket that comes back by itself. Every attempt buys a single-use ticket, so that no credential is ever in a URL.
 * Invariant: at most one WebSocket is alive per connection, and nothing is sent unless it is open.
 */
import { ApiError, api, call } from "@/lib/api";
import { getAccessToken, refreshSession } from "@/lib/session";

export interface Frame {
  t: string;
}

export type SocketState =
  | { status: "connecting" }
  | { status: "open" }
  /** Waiting to try again; `retryMs` from when the state was announced. */
  | { status: "waiting"; retryMs: number; attempt: number }
  /** For good: `code` is one of the server's close codes, or the HTTP status of a refused ticket. */
  | { status: "closed"; code: number; why: string };

export interface SocketOptions<In extends Frame> {
  path: string;
  purpose: "updates" | "room";
  room?: string;
  onFrame: (frame: In) => void;
  onState?: (state: SocketState) => void;
}

export interface Socket<Out extends Frame> {
  /** False when there was no open socket to send on. */
  send: (frame: Out) => boolean;
  /** Drop a socket that looks dead and connect again now. */
  restart: () => void;
  close: () => void;
}

const FIRST_DELAY_MS = 300;
const MAX_DELAY_MS = 10_000;
const NOT_SIGNED_IN = 4001;
/** Kicked or refused, no such room, opened somewhere else: trying again would not help. */
const FINAL_CODES: ReadonlySet<number> = new Set([4003, 4004, 4009]);
const REFUSED_TICKET: ReadonlySet<number> = new Set([401, 403, 404]);

/** Full jitter: anywhere between at once and 0.3 s x 2^attempt, never above 10 s. */
export function retryDelayMs(attempt: number, random: () => number = Math.random): number {
  return random() * Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** attempt);
}

interface Bye extends Frame {
  code: number;
  why: string;
  retry_ms: number | null;
}

function isBye(frame: Frame): frame is Bye {
  return frame.t === "bye";
}

export function connectSocket<In extends Frame, Out extends Frame>(options: SocketOptions<In>): Socket<Out> {
  const connection = new Connection<In>(options);
  connection.start();
  return {
    send: (frame) => connection.send(frame),
    restart: () => connection.restart(),
    close: () => connection.close(),
  };
}

class Connection<In extends Frame> {
  private socket: WebSocket | null = null;
  private timer: number | undefined;
  private attempt = 0;
  private bye: Bye | null = null;
  private isOver = false;
  /** Grows with every attempt, so that a late ticket or event of an earlier one is ignored. */
  private generation = 0;

  constructor(private readonly options: SocketOptions<In>) {}

  start(): void {
    window.addEventListener("online", this.hurry);
    document.addEventListener("visibilitychange", this.hurry);
    void this.connect();
  }

  send(frame: Frame): boolean {
    if (this.socket?.readyState !== WebSocket.OPEN) return false;
    this.socket.send(JSON.stringify(frame));
    return true;
  }

  restart(): void {
    if (this.isOver) return;
    this.abandon();
    void this.connect();
  }

  close(): void {
    this.isOver = true;
    this.abandon();
    window.removeEventListener("online", this.hurry);
    document.removeEventListener("visibilitychange", this.hurry);
  }

  /** The network or the person came back: do not sit out the rest of a delay. */
  private readonly hurry = (): void => {
    if (this.timer !== undefined && document.visibilityState === "visible") this.restart();
  };

  private abandon(): void {
    this.generation += 1;
    window.clearTimeout(this.timer);
    this.timer = undefined;
    this.socket?.close(1000);
    this.socket = null;
  }

  private async connect(): Promise<void> {
    const { generation } = this;
    this.announce({ status: "connecting" });
    try {
      const ticket = await this.buyTicket();
      if (generation === this.generation && !this.isOver) this.open(ticket);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (generation === this.generation) this.onTicketRefused(error);
    }
  }

  private async buyTicket(): Promise<string> {
    const { purpose, room } = this.options;
    const body = room === undefined ? { purpose } : { purpose, room };
    return (await call(api.POST("/api/v1/ws/ticket", { body }))).ticket;
  }

  private onTicketRefused(error: ApiError): void {
    if (REFUSED_TICKET.has(error.status)) this.finish(error.status, error.message);
    else this.retry();
  }

  private open(ticket: string): void {
    const url = new URL(this.options.path, window.location.href);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(url, ["matinee.v1", `ticket.${ticket}`]);
    const isCurrent = (): boolean => socket === this.socket;
    this.socket = socket;
    this.bye = null;
    socket.onopen = () => isCurrent() && this.announce({ status: "open" });
    socket.onmessage = (event: MessageEvent<string>) => isCurrent() && this.receive(event.data);
    socket.onclose = (event) => {
      if (isCurrent()) void this.onClose(event.code, event.reason);
    };
  }

  private receive(text: string): void {
    this.attempt = 0;
    const frame = JSON.parse(text) as In;
    if (isBye(frame)) this.bye = frame;
    this.options.onFrame(frame);
  }

  private async onClose(code: number, reason: string): Promise<void> {
    this.socket = null;
    const why = this.bye?.why ?? reason;
    if (FINAL_CODES.has(code)) return this.finish(code, why);
    const { generation } = this;
    if (code === NOT_SIGNED_IN && !(await refreshSession()) && getAccessToken() === null) return this.finish(code, why);
    if (generation === this.generation) this.retry(this.bye?.retry_ms ?? undefined);
  }

  private retry(afterMs?: number): void {
    const retryMs = afterMs ?? retryDelayMs(this.attempt);
    this.attempt += 1;
    this.announce({ status: "waiting", retryMs, attempt: this.attempt });
    this.timer = window.setTimeout(() => {
      this.timer = undefined;
      void this.connect();
    }, retryMs);
  }

  private finish(code: number, why: string): void {
    this.close();
    this.announce({ status: "closed", code, why });
  }

  private announce(state: SocketState): void {
    this.options.onState?.(state);
  }
}
