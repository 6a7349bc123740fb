/**
 * One person's visit to a room: socket, clock, chat and, once there is a picture, the controller that keeps it in time.
 * Invariant: the timeline in the store is the newest revision seen; the film is moved only by the controller.
 */
import { RoomClock } from "@/features/player/engine/clock";
import { type DeviceTiming, rememberedTiming, rememberTiming } from "@/features/player/engine/device-timing";
import { SyncController, type SyncStatus } from "@/features/player/engine/sync-controller";
import { positionAt, supersedes } from "@/features/player/engine/timeline";
import { randomId } from "@/lib/random-id";
import { connectSocket, type Socket, type SocketState } from "@/lib/socket";
import type { Cmd, Res, RoomClientFrame, RoomServerFrame, TimelineBody, Welcome } from "@/types/frames.gen";
import { startOver } from "./chat/spoilers";
import { ClockProbes } from "./clock-probes";
import { addEvents, addPending, type ChatLine, dropPending, markPending, pendingLines, restart } from "./feed";
import { withPresence } from "./members";
import { isGoing } from "./press";
import { withQueue } from "./queue/queue-state";
import { createRoomStore, type RoomStore } from "./room-store";
import { StatusReports } from "./status-reports";

export const TYPING_SHOWN_MS = 4_000;
const FROM_REST: ReadonlySet<TimelineBody["cause"]> = new Set(["play", "together", "resume"]);
const TYPING_EVERY_MS = 3_000;
/** A message without an answer for so long is offered for another try. */
const CHAT_ANSWER_MS = 8_000;

type Handlers = { [T in RoomServerFrame["t"]]?: (frame: Extract<RoomServerFrame, { t: T }>) => void };
type AnyHandler = (frame: RoomServerFrame) => void;

export class RoomSession {
  readonly store: RoomStore = createRoomStore();
  readonly clock = new RoomClock();
  private readonly probes: ClockProbes;
  private readonly reports: StatusReports;
  private socket: Socket<RoomClientFrame> | null = null;
  private controller: SyncController | null = null;
  private video: HTMLVideoElement | null = null;
  private sid: string | null = null;
  private seq = 0;
  private lastTypingMs = Number.NEGATIVE_INFINITY;
  private readonly listeners = new Map<RoomServerFrame["t"], Set<AnyHandler>>();

  private readonly handlers: Handlers = {
    clk: (frame) => this.probes.answer(frame),
    tl: (frame) => this.adopt(frame),
    welcome: (frame) => this.enter(frame),
    res: (frame) => this.onAnswer(frame),
    ev: (frame) => {
      this.seq = Math.max(this.seq, frame.seq);
      this.store.setState(({ lines }) => ({ lines: addEvents(lines, [frame]) }));
      if (frame.k === "switched") startOver(this.store);
      if (frame.k === "chat") this.showTyping(frame.by ?? "", 0);
    },
    rdy: (ready) => this.store.setState({ ready }),
    q: (frame) => this.store.setState((state) => withQueue(state, frame)),
    rules: (rules) => this.store.setState({ rules }),
    you: (you) => this.store.setState({ you }),
    wishes: ({ open }) => this.store.setState({ wishes: open }),
    pres: (frame) => this.store.setState(({ members }) => ({ members: withPresence(members, frame) })),
    typing: ({ id }) => this.showTyping(id, performance.now() + TYPING_SHOWN_MS),
  };

  constructor(
    private readonly roomId: string,
    /** What to say when a command finds no connection. */
    private readonly words: { offline: string },
    /** This page steers and talks, and shows no picture. */
    private readonly isCompanion = false,
  ) {
    this.probes = new ClockProbes(
      this.clock,
      (probe) => this.send(probe),
      () => this.socket?.restart(),
    );
    this.reports = new StatusReports(this.clock, this.store, (frame) => this.send(frame));
  }

  /** Hear frames of type `t` from now on, after the session itself; returns the way to stop. */
  on<T extends RoomServerFrame["t"]>(t: T, listener: (frame: Extract<RoomServerFrame, { t: T }>) => void): () => void {
    const all = this.listeners.get(t) ?? new Set();
    this.listeners.set(t, all.add(listener as AnyHandler));
    return () => all.delete(listener as AnyHandler);
  }

  /** Send what the person wants; without a connection they are told that it did not work. */
  tell(frame: RoomClientFrame): boolean {
    const isSent = this.send(frame);
    if (!isSent) this.notify(this.words.offline);
    return isSent;
  }

  connect(): void {
    this.socket = connectSocket<RoomServerFrame, RoomClientFrame>({
      path: `/ws/rooms/${this.roomId}`,
      purpose: "room",
      room: this.roomId,
      onFrame: (frame) => this.receive(frame),
      onState: (state) => this.onConnection(state),
    });
  }

  disconnect(): void {
    this.socket?.close();
    this.socket = null;
    this.probes.stop();
    this.detach();
  }

  attach(video: HTMLVideoElement): void {
    if (video === this.video) return;
    this.detach();
    this.video = video;
    this.store.setState({ isBlocked: false, isStruggling: false }); // what was so of the last film
    this.controller = new SyncController(video, this.clock, {
      onBlocked: (isBlocked) => this.store.setState({ isBlocked }),
      onStruggling: (isStruggling) => this.store.setState({ isStruggling }),
    });
    this.controller.adjust(rememberedTiming());
    const { timeline } = this.store.getState();
    if (timeline !== null) this.controller.follow(timeline);
    this.reports.watch(video, this.controller);
  }

  detach(): void {
    this.reports.unwatch();
    this.controller?.destroy();
    this.controller = null;
    this.video = null;
  }

  /** What the people in front of this device say of it holds for every room it will be in. */
  adjust(timing: DeviceTiming): void {
    rememberTiming(timing);
    this.controller?.adjust(timing);
  }

  /** The person made a gesture, so the browser lets the film play. */
  unblock(): void {
    this.store.setState({ isBlocked: false });
    this.controller?.unblock();
  }

  command(wish: Pick<Cmd, "op" | "position" | "rate" | "item">): void {
    const base = this.store.getState().timeline?.rev ?? 0;
    this.tell({ t: "cmd", cid: randomId(), base, ...wish });
  }

  /** `reply`: the number of the message that this one answers. */
  say(text: string, reply: number | null = null): void {
    const { you } = this.store.getState();
    const cid = randomId();
    const positionS = this.expected();
    this.store.setState(({ lines }) => ({
      lines: addPending(lines, { cid, by: you?.id ?? null, name: you?.name ?? "", text, positionS, reply }),
    }));
    this.deliver({ cid, text, positionS, reply });
  }

  sayAgain(cid: string): void {
    const line = pendingLines(this.store.getState().lines).find((pending) => pending.cid === cid);
    if (line === undefined) return;
    this.store.setState(({ lines }) => ({ lines: markPending(lines, cid, "sending") }));
    this.deliver(line);
  }

  typing(): void {
    const nowMs = performance.now();
    if (nowMs - this.lastTypingMs < TYPING_EVERY_MS) return;
    this.lastTypingMs = nowMs;
    this.send({ t: "typing" });
  }

  kick(uid: string): void {
    this.tell({ t: "kick", uid, cid: randomId() });
  }

  /** Connect anew after the server ended this visit, for instance because another window took it over. */
  comeBack(): void {
    this.socket?.close();
    this.connect();
  }

  roomNow(): number | null {
    // Without a picture there is no controller, which else sets the clock while it looks at the film.
    if (this.isWithoutPicture()) return this.clock.advance(performance.now(), { isPlaying: false });
    return this.clock.at(performance.now());
  }

  /** Seconds into the film where the room is now. */
  expected(): number | null {
    const { timeline } = this.store.getState();
    const now = this.roomNow();
    return timeline === null || now === null ? null : positionAt(timeline, now);
  }

  syncStatus(): SyncStatus | null {
    return this.controller?.status() ?? null;
  }

  /** Here with controls and chat alone, so that nobody waits for this page. */
  isWithoutPicture(): boolean {
    return this.isCompanion || this.store.getState().you?.role === "companion";
  }

  private showTyping(id: string, untilMs: number): void {
    this.store.setState(({ typing }) => ({ typing: { ...typing, [id]: untilMs } }));
  }

  private onConnection(connection: SocketState): void {
    this.store.setState({ connection });
    if (connection.status === "open") this.greet();
    else this.probes.stop();
  }

  private greet(): void {
    const { timeline } = this.store.getState();
    const last = timeline === null ? {} : { last: { epoch: timeline.epoch, rev: timeline.rev, seq: this.seq } };
    const sid = this.sid === null ? {} : { sid: this.sid };
    const companion = this.isCompanion ? { companion: true } : {};
    const vis = document.visibilityState === "visible";
    this.send({ t: "hello", v: 1, room: this.roomId, vis, ...companion, ...sid, ...last });
    this.probes.begin();
  }

  /** Frames of a newer server that this page does not know are ignored. */
  private receive(frame: RoomServerFrame): void {
    const handle = this.handlers[frame.t] as AnyHandler | undefined;
    handle?.(frame);
    for (const listener of this.listeners.get(frame.t) ?? []) listener(frame);
  }

  private enter({ sid, you, room, members, events, seq, tl, resumed, queue, rules, wishes }: Welcome): void {
    this.sid = sid;
    this.seq = seq;
    this.probes.catchUp();
    const { lines, timeline } = this.store.getState();
    const feed = resumed ? addEvents(lines, events) : restart(lines, events);
    this.store.setState({ you, room, members, rules, wishes, lines: feed, ready: null });
    this.store.setState((state) => withQueue(state, queue));
    if (timeline !== null && timeline.item !== tl.item) startOver(this.store);
    this.reports.forgetAnswer(); // who waits for us here may never have heard it
    const isAnotherLife = timeline !== null && timeline.epoch !== tl.epoch;
    this.adopt(tl, { isSnapshot: isAnotherLife });
    for (const line of pendingLines(feed)) this.deliver(line);
    this.reports.report();
  }

  private adopt(timeline: TimelineBody, { isSnapshot = false }: { isSnapshot?: boolean } = {}): void {
    if (!isSnapshot && !supersedes(timeline, this.store.getState().timeline)) return;
    if (timeline.item !== this.store.getState().timeline?.item) this.detach(); // another film gets another player
    // A start comes to a room at rest, also on a page that did not hear of the pause before it.
    const isInterruption = !FROM_REST.has(timeline.cause);
    this.store.setState((state) => ({ timeline, wasGoing: isInterruption && isGoing(state, this.roomNow()) }));
    this.controller?.follow(timeline, { isSnapshot });
    if (!this.isWithoutPicture()) this.reports.answerBarrier(); // nobody waits for a page without a film
  }

  private onAnswer({ cid, ok, err, superseded }: Res): void {
    if (ok && cid !== null) this.store.setState(({ lines }) => ({ lines: dropPending(lines, cid) }));
    if (ok || superseded) return;
    const text = err?.message ?? "";
    const isChat = cid !== null && pendingLines(this.store.getState().lines).some((line) => line.cid === cid);
    if (isChat) this.store.setState(({ lines }) => ({ lines: markPending(lines, cid, "failed", text) }));
    else if (text !== "") this.notify(text);
  }

  /** The same `cid` may be sent again and again: the server keeps one message of it. */
  private deliver({ cid, text, positionS, reply }: Pick<ChatLine, "cid" | "text" | "positionS" | "reply">): void {
    if (cid === null) return;
    this.send({ t: "chat", cid, text, mt: positionS ?? 0, ...(reply !== null && { reply }) });
    window.setTimeout(() => {
      const isOpen = this.store.getState().connection.status === "open";
      if (isOpen) this.store.setState(({ lines }) => ({ lines: markPending(lines, cid, "failed") }));
    }, CHAT_ANSWER_MS);
  }

  private notify(text: string): void {
    this.store.setState(({ notice }) => ({ notice: { n: (notice?.n ?? 0) + 1, text } }));
  }

  private send(frame: RoomClientFrame): boolean {
    return this.socket?.send(frame) ?? false;
  }
}
