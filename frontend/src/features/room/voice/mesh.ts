/** Our connections to everybody else in the voice chat. Invariant: one for each, opened and closed as the list says. */
import type { RtcFrom, Talker } from "@/types/frames.gen";
import { doesOffer, planMesh } from "./mesh-rules";
import { type Note, Peer } from "./peer";

export interface MeshEvents {
  send: (to: string, note: Note) => boolean;
  onSound: (sid: string, stream: MediaStream) => void;
  onGone: (sid: string) => void;
}

const TRY_AGAIN_MS = 1_000;

export class VoiceMesh {
  private readonly peers = new Map<string, Peer>();
  private readonly timers = new Set<number>();

  constructor(
    private readonly iceServers: RTCIceServer[],
    private readonly microphone: MediaStream,
    private readonly events: MeshEvents,
  ) {}

  /** `mayClose` false: after a break of our own line the list may not know yet who is still there. */
  follow(own: string, who: readonly Talker[], { mayClose }: { mayClose: boolean }): void {
    const { open, close } = planMesh(own, who, this.peers.keys());
    if (mayClose) for (const sid of close) this.drop(sid);
    for (const sid of open) this.open(own, sid);
  }

  hear({ from, sdp, ice }: RtcFrom): void {
    this.peers.get(from)?.hear({ sdp, ice });
  }

  resume(): void {
    for (const peer of this.peers.values()) peer.resume();
  }

  close(): void {
    for (const timer of this.timers) window.clearTimeout(timer);
    this.timers.clear();
    for (const sid of [...this.peers.keys()]) this.drop(sid);
  }

  private open(own: string, sid: string): void {
    const peer = new Peer(this.iceServers, this.microphone, doesOffer(own, sid), {
      send: (note) => this.events.send(sid, note),
      onSound: (stream) => this.events.onSound(sid, stream),
      onBroken: () => this.renew(own, sid, peer),
    });
    this.peers.set(sid, peer);
  }

  private drop(sid: string): void {
    this.peers.get(sid)?.close();
    this.peers.delete(sid);
    this.events.onGone(sid);
  }

  private renew(own: string, sid: string, broken: Peer): void {
    const timer = window.setTimeout(() => {
      this.timers.delete(timer);
      if (this.peers.get(sid) !== broken) return;
      this.drop(sid);
      this.open(own, sid);
    }, TRY_AGAIN_MS);
    this.timers.add(timer);
  }
}
