/** The person's microphone: asked for on a click only, and why it could not be had. */
import { loudness } from "./voice-activity";

/** `insecure`: browsers give no microphone to pages over plain HTTP, except on the server's own machine. */
export type Refusal = "insecure" | "denied" | "missing" | "busy";

const CONSTRAINTS: MediaStreamConstraints = {
  audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1 },
};

/** By the names of the errors of getUserMedia. */
const REFUSALS: Readonly<Record<string, Refusal>> = {
  NotAllowedError: "denied",
  SecurityError: "denied",
  NotFoundError: "missing",
  OverconstrainedError: "missing",
  NotReadableError: "busy",
  AbortError: "busy",
};

export async function openMicrophone(): Promise<MediaStream | Refusal> {
  const { mediaDevices } = navigator as { mediaDevices?: MediaDevices };
  if (!window.isSecureContext || mediaDevices === undefined) return "insecure";
  try {
    return await mediaDevices.getUserMedia(CONSTRAINTS);
  } catch (error) {
    const refusal = error instanceof DOMException ? REFUSALS[error.name] : undefined;
    if (refusal === undefined) throw error;
    return refusal;
  }
}

const LISTEN_EVERY_MS = 50;
const WINDOW_SAMPLES = 1024;

/** Says how loud `stream` is, in decibels below full scale, until the answer is called. */
export function watchLoudness(stream: MediaStream, onLoudness: (db: number) => void): () => void {
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  analyser.fftSize = WINDOW_SAMPLES;
  context.createMediaStreamSource(stream).connect(analyser);
  const samples = new Float32Array(WINDOW_SAMPLES);
  const timer = window.setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    onLoudness(loudness(samples));
  }, LISTEN_EVERY_MS);
  return () => {
    window.clearInterval(timer);
    void context.close();
  };
}
