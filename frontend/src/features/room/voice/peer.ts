/**
 * The connection to one other browser, by perfect negotiation (W3C WebRTC, 10.7): either end may offer at any time.
 * Invariant: when two offers cross, the polite end gives way; which end that is both know beforehand.
 */
import type { Ice, Rtc, RtcFrom, Sdp } from "@/types/frames.gen";

export type Note = Pick<Rtc, "sdp" | "ice">;

export interface PeerEvents {
  /** False when it could not be sent. */
  send: (note: Note) => boolean;
  onSound: (stream: MediaStream) => void;
  /** The other end is not the one that this connection was made with; only a new one helps. */
  onBroken: () => void;
}

/** A connection that is not there after so long is tried again: a note may have been lost. A slow machine gets longer. */
const GIVE_UP_MS = 6_000;
const MOST_DOUBLINGS = 2;

export class Peer {
  private readonly connection: RTCPeerConnection;
  private ignoresOffer = false;
  private watchdog: number | undefined;
  private tries = 0;
  private work: Promise<void> = Promise.resolve();
  /** Candidates that came before the description that they belong to. */
  private early: Ice[] = [];

  constructor(
    iceServers: RTCIceServer[],
    microphone: MediaStream,
    /** Whether this end begins; the other one is polite. */
    private readonly offers: boolean,
    private readonly events: PeerEvents,
  ) {
    this.connection = new RTCPeerConnection({ iceServers });
    this.connection.onicecandidate = ({ candidate }) => {
      if (candidate !== null && candidate.candidate !== "") this.events.send({ ice: toIce(candidate) });
    };
    this.connection.ontrack = ({ streams, track }) => this.events.onSound(streams[0] ?? new MediaStream([track]));
    this.connection.onnegotiationneeded = () => {
      if (this.offers || this.connection.remoteDescription !== null) this.later(() => this.offer());
    };
    this.connection.onconnectionstatechange = () => this.watch();
    for (const track of microphone.getTracks()) this.connection.addTrack(track, microphone);
    this.watch();
  }

  get isConnected(): boolean {
    return this.connection.connectionState === "connected";
  }

  /** What the other end said. One after another, as it was said. */
  hear({ sdp, ice }: Pick<RtcFrom, "sdp" | "ice">): void {
    if (sdp != null) this.later(() => this.take(sdp));
    if (ice != null) this.later(() => this.add(ice));
  }

  /** The room's socket is back: whatever was said meanwhile is lost. */
  resume(): void {
    if (!this.isConnected) this.restart();
  }

  close(): void {
    window.clearTimeout(this.watchdog);
    this.connection.onicecandidate = null;
    this.connection.ontrack = null;
    this.connection.onnegotiationneeded = null;
    this.connection.onconnectionstatechange = null;
    this.connection.close();
  }

  private get isClosed(): boolean {
    return this.connection.signalingState === "closed";
  }

  private later(step: () => Promise<void>): void {
    this.work = this.work
      .then(() => (this.isClosed ? undefined : step()))
      .catch((error: unknown) => {
        if (!(error instanceof DOMException)) throw error;
        if (!this.isClosed) this.events.onBroken();
      });
  }

  private async offer(): Promise<void> {
    await this.connection.setLocalDescription();
    this.tell();
  }

  private async take(sdp: Sdp): Promise<void> {
    const isCollision = sdp.type === "offer" && this.connection.signalingState !== "stable";
    this.ignoresOffer = isCollision && this.offers;
    const isLate = sdp.type === "answer" && this.connection.signalingState !== "have-local-offer";
    if (this.ignoresOffer || isLate) return;
    await this.connection.setRemoteDescription({ type: sdp.type, sdp: withCarriageReturns(sdp.sdp) });
    const { early } = this;
    this.early = [];
    for (const ice of early) await this.add(ice);
    if (sdp.type === "offer") {
      await this.connection.setLocalDescription();
      this.tell();
    }
  }

  /** A candidate of an offer that we ignored is of no use, nor is one of an earlier round. */
  private async add(ice: Ice): Promise<void> {
    if (this.ignoresOffer) return;
    if (this.connection.remoteDescription === null) {
      this.early.push(ice);
      return;
    }
    try {
      await this.connection.addIceCandidate(toCandidate(ice));
    } catch (error) {
      if (!(error instanceof DOMException)) throw error;
    }
  }

  private tell(): void {
    const { localDescription } = this.connection;
    if (localDescription === null || !isSendable(localDescription.type)) return;
    this.events.send({ sdp: { type: localDescription.type, sdp: withoutCarriageReturns(localDescription.sdp) } });
  }

  private watch(): void {
    window.clearTimeout(this.watchdog);
    if (this.isConnected) this.tries = 0;
    if (this.isConnected || !this.offers) return;
    const waitMs = GIVE_UP_MS * 2 ** Math.min(this.tries, MOST_DOUBLINGS);
    this.watchdog = window.setTimeout(() => this.restart(), waitMs);
  }

  private restart(): void {
    if (this.isClosed) return;
    this.tries += 1;
    if (this.offers) {
      this.connection.restartIce(); // asks for an offer by itself, unless one is without an answer
      if (this.connection.signalingState !== "stable") this.later(() => this.offer());
    }
    this.watch();
  }
}

function isSendable(type: RTCSdpType): type is Sdp["type"] {
  return type === "offer" || type === "answer";
}

/** Frames carry no control characters but line feeds. */
function withoutCarriageReturns(sdp: string): string {
  return sdp.replaceAll("\r\n", "\n");
}

function withCarriageReturns(sdp: string): string {
  return withoutCarriageReturns(sdp).replaceAll("\n", "\r\n");
}

function toIce({ candidate, sdpMid, sdpMLineIndex, usernameFragment }: RTCIceCandidate): Ice {
  return { candidate, mid: sdpMid, line: sdpMLineIndex, ufrag: usernameFragment };
}

function toCandidate({ candidate, mid, line, ufrag }: Ice): RTCIceCandidateInit {
  const made: RTCIceCandidateInit = { candidate, sdpMid: mid ?? null, sdpMLineIndex: line ?? null };
  return ufrag == null ? made : { ...made, usernameFragment: ufrag };
}
