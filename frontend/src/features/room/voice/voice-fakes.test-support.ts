/** Browsers' voice parts for tests: connections that remember what was done to them, and a microphone. */
import { vi } from "vitest";

export class FakeTrack {
  readonly kind = "audio";
  enabled = true;
  isStopped = false;
  stop(): void {
    this.isStopped = true;
  }
}

export class FakeStream {
  constructor(private readonly tracks: FakeTrack[] = [new FakeTrack()]) {}
  getTracks(): FakeTrack[] {
    return this.tracks;
  }
  getAudioTracks(): FakeTrack[] {
    return this.tracks;
  }
}

type Listener<T> = ((event: T) => void) | null;

/** Negotiates as the specification says, without any network; candidates are given by `find`. */
export class FakeConnection {
  static made: FakeConnection[] = [];
  signalingState: RTCSignalingState = "stable";
  connectionState: RTCPeerConnectionState = "new";
  localDescription: RTCSessionDescriptionInit | null = null;
  remoteDescription: RTCSessionDescriptionInit | null = null;
  readonly candidates: RTCIceCandidateInit[] = [];
  restarts = 0;
  refusesRemote = false;
  onicecandidate: Listener<{ candidate: unknown }> = null;
  ontrack: Listener<{ streams: FakeStream[]; track: FakeTrack }> = null;
  onnegotiationneeded: Listener<void> = null;
  onconnectionstatechange: Listener<void> = null;

  constructor(readonly configuration: RTCConfiguration) {
    FakeConnection.made.push(this);
  }

  addTrack(): void {
    queueMicrotask(() => this.onnegotiationneeded?.());
  }

  async setLocalDescription(): Promise<void> {
    const isAnswer = this.signalingState === "have-remote-offer";
    this.localDescription = { type: isAnswer ? "answer" : "offer", sdp: "v=0\r\no=local\r\n" };
    this.signalingState = isAnswer ? "stable" : "have-local-offer";
  }

  async setRemoteDescription(description: RTCSessionDescriptionInit): Promise<void> {
    if (this.refusesRemote) throw new DOMException("another fingerprint", "InvalidAccessError");
    this.remoteDescription = description;
    this.signalingState = description.type === "offer" ? "have-remote-offer" : "stable";
  }

  async addIceCandidate(candidate: RTCIceCandidateInit): Promise<void> {
    if (candidate.candidate === "bad") throw new DOMException("no such ufrag", "OperationError");
    this.candidates.push(candidate);
  }

  restartIce(): void {
    this.restarts += 1;
    if (this.signalingState === "stable") queueMicrotask(() => this.onnegotiationneeded?.());
  }

  close(): void {
    this.signalingState = "closed";
    this.connectionState = "closed";
  }

  becomes(state: RTCPeerConnectionState): void {
    this.connectionState = state;
    this.onconnectionstatechange?.();
  }

  find(candidate: string): void {
    this.onicecandidate?.({ candidate: { candidate, sdpMid: "0", sdpMLineIndex: 0, usernameFragment: null } });
  }
}

/** A microphone that is exactly as loud as `level` says. */
export const microphone = { level: 0, stream: new FakeStream() };

export class FakeAudioContext {
  createAnalyser() {
    return { fftSize: 0, getFloatTimeDomainData: (samples: Float32Array) => samples.fill(microphone.level) };
  }
  createMediaStreamSource() {
    return { connect: () => undefined };
  }
  async close(): Promise<void> {}
}

export function fakeVoiceParts(): void {
  FakeConnection.made = [];
  microphone.level = 0;
  microphone.stream = new FakeStream();
  vi.stubGlobal("RTCPeerConnection", FakeConnection);
  vi.stubGlobal("AudioContext", FakeAudioContext);
  vi.stubGlobal("isSecureContext", true);
  vi.stubGlobal("navigator", { mediaDevices: { getUserMedia: async () => microphone.stream } });
}

/** Let promises that wait for nothing else come to their end. */
export async function settle(): Promise<void> {
  for (let round = 0; round < 20; round += 1) await Promise.resolve();
}
