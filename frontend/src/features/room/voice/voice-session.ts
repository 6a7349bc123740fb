/**
 * One person's part in the voice chat of a room: microphone, connections, and what the others are told.
 * Invariant: whatever was opened on joining is closed on leaving, however that came about; a break of the room's line
 * closes nothing.
 */
import { ApiError, api, call } from "@/lib/api";
import { randomId } from "@/lib/random-id";
import type { Res, RoomClientFrame, Talker, Welcome } from "@/types/frames.gen";
import type { RoomSession } from "../room-session";
import { VoiceMesh } from "./mesh";
import { openMicrophone, type Refusal, watchLoudness } from "./microphone";
import { rememberVolumes, Sounds } from "./sounds";
import { listen, meterShare, SILENT } from "./voice-activity";
import { createVoiceStore, type Mode, rememberMode, type VoiceStore } from "./voice-store";

/** More often than this nobody begins or stops talking; the last word counts. */
const TELL_EVERY_MS = 300;
/** So long after a break the list may still lack people who come back. */
const REJOIN_MS = 15_000;

/** What exists only while we are in the voice chat. */
interface Talk {
  microphone: MediaStream;
  mesh: VoiceMesh;
  sounds: Sounds;
  stopListening: () => void;
}

export class VoiceSession {
  readonly store: VoiceStore = createVoiceStore();
  private talk: Talk | null = null;
  private own = "";
  /** Grows with every join and leave, so that a microphone that comes too late is given back. */
  private attempt = 0;
  private joinCid = "";
  private isListed = false;
  private activity = SILENT;
  private settledMs = 0;
  private settleTimer: number | undefined;
  private tellTimer: number | undefined;
  private toldMs = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly room: RoomSession,
    private readonly roomId: string,
  ) {}

  /** Hear the room from now on; the answer ends it, and the talk. */
  start(): () => void {
    const stops = [
      this.room.on("welcome", (frame) => this.onWelcome(frame)),
      this.room.on("voice", ({ who }) => this.onList(who)),
      this.room.on("rtc", (frame) => this.talk?.mesh.hear(frame)),
      this.room.on("res", (frame) => this.onAnswer(frame)),
      // The visit is over for good: nobody is here who would hear the microphone.
      this.room.store.subscribe(({ connection }) => connection.status === "closed" && this.stop()),
    ];
    const onPageHide = (): void => this.leave();
    window.addEventListener("pagehide", onPageHide);
    return () => {
      window.removeEventListener("pagehide", onPageHide);
      for (const stop of stops) stop();
      this.leave();
    };
  }

  async join(): Promise<void> {
    if (this.store.getState().status !== "off") return;
    this.attempt += 1;
    const { attempt } = this;
    this.store.setState({ status: "joining", refusal: null });
    const [microphone, iceServers] = await Promise.all([openMicrophone(), this.loadIceServers()]);
    if (typeof microphone === "string") this.giveUp(attempt, microphone);
    else if (iceServers === null || attempt !== this.attempt) {
      for (const track of microphone.getTracks()) track.stop();
      this.giveUp(attempt, "server");
    } else this.begin(microphone, iceServers);
  }

  leave(): void {
    if (this.talk !== null) this.post({ t: "voice", on: false });
    this.stop();
  }

  setMode(mode: Mode): void {
    rememberMode(mode);
    this.store.setState({ mode, isHeld: false, isMuted: false });
    this.update();
  }

  setMuted(isMuted: boolean): void {
    this.store.setState({ isMuted });
    this.update();
  }

  /** The key or the button is pressed, or let go. */
  hold(isHeld: boolean): void {
    if (this.talk === null || this.store.getState().isHeld === isHeld) return;
    this.store.setState({ isHeld });
    this.update();
  }

  setVolume(uid: string, volume: number): void {
    const volumes = { ...this.store.getState().volumes, [uid]: volume };
    this.store.setState({ volumes });
    rememberVolumes(volumes);
    this.talk?.sounds.follow(volumes);
  }

  private async loadIceServers(): Promise<RTCIceServer[] | null> {
    try {
      const params = { path: { room_id: this.roomId } };
      const { ice_servers } = await call(api.GET("/api/v1/rooms/{room_id}/voice", { params }));
      return ice_servers.map(({ urls, username, credential }) =>
        username === null || credential === null ? { urls } : { urls, username, credential },
      );
    } catch (error) {
      if (error instanceof ApiError) return null;
      throw error;
    }
  }

  private giveUp(attempt: number, refusal: Refusal | "server"): void {
    if (attempt === this.attempt) this.store.setState({ status: "off", refusal });
  }

  private begin(microphone: MediaStream, iceServers: RTCIceServer[]): void {
    const sounds = new Sounds(this.store.getState().volumes);
    const mesh = new VoiceMesh(iceServers, microphone, {
      send: (to, note) => this.post({ t: "rtc", to, ...note }),
      onSound: (sid, stream) => sounds.play(sid, this.personOf(sid), stream),
      onGone: (sid) => sounds.stop(sid),
    });
    const stopListening = watchLoudness(microphone, (db) => this.onLoudness(db));
    this.talk = { microphone, mesh, sounds, stopListening };
    this.activity = SILENT;
    this.store.setState({ status: "on", isHeld: false, isMuted: false });
    this.update();
    this.announce();
  }

  private stop(): void {
    this.attempt += 1;
    window.clearTimeout(this.settleTimer);
    window.clearTimeout(this.tellTimer);
    this.tellTimer = undefined;
    const { talk } = this;
    this.talk = null;
    this.isListed = false;
    talk?.stopListening();
    talk?.mesh.close();
    talk?.sounds.stopAll();
    for (const track of talk?.microphone.getTracks() ?? []) track.stop();
    this.store.setState({ status: "off", isHeld: false, isTalking: false, level: 0 });
  }

  // --- what the room says ---
  private onWelcome({ you, sid }: Welcome): void {
    this.own = `${you.id}:${sid}`;
    this.isListed = false;
    this.store.setState({ who: [] });
    if (this.talk === null) return;
    this.settledMs = performance.now() + REJOIN_MS;
    window.clearTimeout(this.settleTimer);
    this.settleTimer = window.setTimeout(() => this.onList(this.store.getState().who), REJOIN_MS);
    this.announce();
    this.talk.mesh.resume();
  }

  private onList(who: readonly Talker[]): void {
    this.store.setState({ who });
    const isListed = who.some(({ sid }) => sid === this.own);
    if (isListed) {
      this.isListed = true;
      this.talk?.mesh.follow(this.own, who, { mayClose: performance.now() >= this.settledMs });
    } else if (this.isListed) this.stop();
  }

  private onAnswer({ cid, ok }: Res): void {
    if (!ok && cid !== null && cid === this.joinCid) this.stop();
  }

  private personOf(sid: string): string {
    return this.store.getState().who.find((talker) => talker.sid === sid)?.id ?? "";
  }

  // --- what we say ---
  private announce(): void {
    this.joinCid = randomId();
    this.post({ t: "voice", on: true, talk: this.store.getState().isTalking, cid: this.joinCid });
  }

  private onLoudness(db: number): void {
    this.activity = listen(this.activity, db, performance.now());
    this.store.setState({ level: meterShare(db) });
    this.update();
  }

  /** The microphone is open exactly as long as the person wants it to be. */
  private update(): void {
    if (this.talk === null) return;
    const { mode, isHeld, isMuted, isTalking: wasTalking } = this.store.getState();
    const isOpen = mode === "hold" ? isHeld : !isMuted;
    for (const track of this.talk.microphone.getAudioTracks()) track.enabled = isOpen;
    const isTalking = isOpen && (mode === "hold" || this.activity.isVoice);
    if (isTalking === wasTalking) return;
    this.store.setState({ isTalking });
    this.tellSoon();
  }

  private tellSoon(): void {
    if (this.tellTimer !== undefined) return;
    const waitMs = Math.max(0, this.toldMs + TELL_EVERY_MS - performance.now());
    this.tellTimer = window.setTimeout(() => {
      this.tellTimer = undefined;
      this.toldMs = performance.now();
      this.post({ t: "voice", on: true, talk: this.store.getState().isTalking });
    }, waitMs);
  }

  /** Without a connection nothing is said: a welcome will follow, and everything is said anew. */
  private post(frame: RoomClientFrame): boolean {
    return this.room.store.getState().connection.status === "open" && this.room.tell(frame);
  }
}
