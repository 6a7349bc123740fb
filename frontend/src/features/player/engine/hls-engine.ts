/**
 * Plays a film through hls.js, and heals what can be healed without the person: lost requests, decoder hiccups, an
 * expired signature. Invariant: the media element is touched only through hls.js here, never its rate or position
 * (but for putting back what opening a film anew has reset).
 */
import Hls, { type ErrorData, ErrorTypes, Events, type FragBufferedData, type MediaPlaylist } from "hls.js";
import type { Playback } from "@/types/schemas";
import { PLAYER_SESSION } from "../player-session";
import { isSameFilm, underSignature } from "./address";
import { carefulAbr } from "./careful-abr";
import {
  type Engine,
  type EngineOptions,
  ignoreInterruption,
  type Problem,
  type QualityLevel,
  type Track,
} from "./engine";
import { configFor, keepBandwidth, keepLanguage, rememberedBandwidth } from "./hls-config";
import { LineWatch, rateOf } from "./line-watch";
import { MadeRungs } from "./made-rungs";
import { createNativeEngine } from "./native-engine";
import { NetworkRetry } from "./network-retry";
import { patientLoader } from "./patient-loader";
import { ANY_LEVEL, rungOf, startLevel } from "./start-level";
import type { Step } from "./step-down";

const MEDIA_RECOVERIES = 3;
const RECOVERY_MEMORY_MS = 30_000;
const RENEWAL_GRACE_MS = 2_000;
const RENEWAL_MEMORY_MS = 15_000;
const FORBIDDEN: ReadonlySet<number> = new Set([401, 403, 410]);
const NOT_FOUND = 404;
const UNAVAILABLE = 503;
/** The rung that is the uploaded file itself. */
const SOURCE_RUNG = "v-src";

/** Without Media Source Extensions the browser's own HLS is tried; if it has none, that says so itself. */
export function createEngine(options: EngineOptions): Engine {
  return Hls.isSupported() ? new HlsEngine(options) : createNativeEngine(options);
}

/** How the server tells this player's requests; a browser that plays by itself cannot say it at each of them. */
export function sessionName(): string | undefined {
  return Hls.isSupported() ? PLAYER_SESSION : undefined;
}

/** hls.js moves on to each new address; a browser that plays by itself needs one that lasts, and is judged at each file. */
export function addressOf(playback: Pick<Playback, "master_url" | "lasting_url">): string {
  return Hls.isSupported() ? playback.master_url : playback.lasting_url;
}

class HlsEngine implements Engine {
  private readonly hls: Hls;
  private masterUrl: string;
  private mediaRecoveries: number[] = [];
  private readonly network = new NetworkRetry(() => this.loadAgain());
  private readonly line = new LineWatch();
  private readonly made: MadeRungs;
  /** Loading failed for this reason; the person hears of it when the film has to stop. */
  private trouble: Problem | null = null;
  /** Loading stopped because the address ran out. */
  private isExpired = false;
  private expiredMs = Number.NEGATIVE_INFINITY;
  private isDestroyed = false;

  constructor(private readonly options: EngineOptions) {
    this.masterUrl = options.masterUrl;
    const xhrSetup = (xhr: XMLHttpRequest, url: string): void => {
      xhr.open("GET", underSignature(url, this.masterUrl), true);
      xhr.setRequestHeader("X-Player-Session", PLAYER_SESSION);
    };
    this.made = new MadeRungs(options.ready);
    const fLoader = patientLoader(options.onPreparing, (url, waitedS) => this.made.note(url, waitedS));
    const abrController = carefulAbr(this.made);
    this.hls = new Hls(configFor({ startPosition: options.startPosition, xhrSetup, fLoader, abrController }));
    this.listen();
    this.hls.attachMedia(options.video);
    this.hls.loadSource(this.masterUrl);
    options.video.addEventListener("waiting", this.tellTrouble);
    window.addEventListener("pagehide", this.rememberBandwidth);
  }

  setLevel(id: number): void {
    this.hls.nextLevel = id;
  }

  setAudio(id: number): void {
    this.hls.audioTrack = id;
    const lang = this.hls.audioTracks[id]?.lang;
    if (lang) keepLanguage(lang);
  }

  renew(masterUrl: string): void {
    const { isExpired } = this;
    const isOther = !isSameFilm(masterUrl, this.masterUrl);
    this.masterUrl = masterUrl;
    this.isExpired = false;
    if (isOther) this.made.forget();
    if (isOther || (isExpired && this.hls.levels.length === 0)) this.reopen();
    else if (isExpired) this.hls.startLoad(-1, true);
  }

  retry(): void {
    this.network.succeeded();
    this.trouble = null;
    this.mediaRecoveries = [];
    this.expiredMs = Number.NEGATIVE_INFINITY;
    if (this.isExpired) void this.askForAddress();
    else if (this.hls.levels.length === 0) this.hls.loadSource(this.masterUrl);
    else if (this.options.video.error !== null) this.hls.recoverMediaError();
    this.hls.startLoad();
  }

  kbps(): number {
    const estimate = this.hls.bandwidthEstimate;
    return Number.isFinite(estimate) ? Math.round(estimate / 1000) : 0;
  }

  step(step: Step): void {
    if (step === "up") this.made.liftCeiling();
    else this.made.lowerCeiling(this.hls.levels, this.hls.loadLevel, performance.now());
  }

  destroy(): void {
    this.isDestroyed = true;
    this.network.destroy();
    this.options.video.removeEventListener("waiting", this.tellTrouble);
    window.removeEventListener("pagehide", this.rememberBandwidth);
    this.rememberBandwidth();
    this.hls.destroy();
  }

  private readonly rememberBandwidth = (): void => {
    if (this.kbps() > 0) keepBandwidth(this.hls.bandwidthEstimate);
  };

  private listen(): void {
    const { onTracks } = this.options;
    this.hls.on(Events.MANIFEST_PARSED, () => {
      this.chooseStart();
      onTracks({ levels: this.levels() });
    });
    this.hls.on(Events.LEVEL_SWITCHED, (_event, { level }) => onTracks({ activeLevel: level }));
    this.hls.on(Events.AUDIO_TRACKS_UPDATED, () => onTracks({ audio: this.audio() }));
    this.hls.on(Events.AUDIO_TRACK_SWITCHED, () => onTracks({ audioId: this.hls.audioTrack }));
    this.hls.on(Events.FRAG_BUFFERED, (_event, data) => {
      this.network.succeeded();
      this.trouble = null;
      this.measure(data);
    });
    this.hls.on(Events.ERROR, (_event, data) => this.onError(data));
  }

  private chooseStart(): void {
    // What was made of the film as it was opened says nothing about one that was made anew since.
    if (!isSameFilm(this.masterUrl, this.options.masterUrl)) return;
    const { levels, maxAutoLevel } = this.hls;
    const level = startLevel(levels.slice(0, maxAutoLevel + 1), this.options.ready, rememberedBandwidth());
    if (level !== ANY_LEVEL) this.hls.startLevel = level;
  }

  /** Only pictures: sound is too light to tell. */
  private measure({ frag, stats }: FragBufferedData): void {
    if (frag.type !== "main" || frag.sn === "initSegment" || stats.aborted) return;
    const better = this.line.note(rateOf(stats), this.hls.bandwidthEstimate);
    if (better !== null) this.hls.bandwidthEstimate = better;
  }

  private levels(): QualityLevel[] {
    return this.hls.levels.map((level, id) => ({
      id,
      height: level.height,
      kbps: Math.round(level.bitrate / 1000),
      isSource: rungOf(level) === SOURCE_RUNG,
    }));
  }

  private audio(): Track[] {
    return this.hls.audioTracks.map(toTrack).filter(({ id }) => canDecode(this.hls.audioTracks[id]));
  }

  private onError(data: ErrorData): void {
    const status = data.response?.code ?? 0;
    // A file that is not there any more may be of a film that was made anew since.
    if (FORBIDDEN.has(status)) this.expire(data, "expired");
    else if (!data.fatal) return;
    else if (status === NOT_FOUND) this.expire(data, "missing");
    else if (data.type === ErrorTypes.NETWORK_ERROR) this.recoverNetwork(status === UNAVAILABLE ? "busy" : "network");
    else if (data.type === ErrorTypes.MEDIA_ERROR) this.recoverMedia();
    else this.options.onProblem("unsupported");
  }

  /** A fresh address that is refused as well is no matter of time: the person has to know. */
  private expire({ fatal }: ErrorData, problem: Problem): void {
    const nowMs = performance.now();
    const sinceMs = nowMs - this.expiredMs;
    // Sound and picture are refused side by side, and both may be tried again before the answer is there.
    if (this.isExpired) return;
    if (sinceMs < RENEWAL_GRACE_MS) {
      if (fatal) this.recoverNetwork(problem);
      return;
    }
    const isRefusedAgain = sinceMs < RENEWAL_MEMORY_MS;
    this.isExpired = true;
    this.expiredMs = nowMs;
    if (isRefusedAgain) this.report(problem);
    else void this.askForAddress();
  }

  private async askForAddress(): Promise<void> {
    const renewal = await this.options.onExpired();
    if (this.isDestroyed) return;
    if ("address" in renewal) this.renew(renewal.address);
    else if (renewal.problem === "network") this.recoverNetwork("network");
    else this.report(renewal.problem);
  }

  private recoverNetwork(problem: Problem): void {
    if (this.network.failed()) this.report(problem);
  }

  private loadAgain(): void {
    if (this.isExpired) void this.askForAddress();
    else if (this.hls.levels.length === 0) this.hls.loadSource(this.masterUrl);
    else this.hls.startLoad();
  }

  /** What is buffered is played to its end before anybody is bothered. */
  private report(problem: Problem): void {
    this.trouble = problem;
    if (this.options.video.readyState < HTMLMediaElement.HAVE_FUTURE_DATA) this.tellTrouble();
  }

  private readonly tellTrouble = (): void => {
    if (this.trouble !== null) this.options.onProblem(this.trouble);
  };

  /** The files of the address before are gone: everything is read anew. That pauses the element, so it is started. */
  private reopen(): void {
    const { video } = this.options;
    const { paused, playbackRate } = video;
    if (video.readyState > HTMLMediaElement.HAVE_NOTHING) this.hls.config.startPosition = video.currentTime;
    this.hls.loadSource(this.masterUrl);
    this.hls.once(Events.MANIFEST_PARSED, () => {
      video.playbackRate = playbackRate;
      if (!paused) void video.play().catch(ignoreInterruption);
    });
  }

  private recoverMedia(): void {
    const now = performance.now();
    this.mediaRecoveries = [...this.mediaRecoveries.filter((at) => now - at < RECOVERY_MEMORY_MS), now];
    if (this.mediaRecoveries.length > MEDIA_RECOVERIES) {
      this.options.onProblem("decode");
      return;
    }
    if (this.mediaRecoveries.length === 2) this.hls.swapAudioCodec();
    this.hls.recoverMediaError();
  }
}

function toTrack(playlist: MediaPlaylist): Track {
  return {
    id: playlist.id,
    lang: playlist.lang ?? "",
    name: playlist.name,
    channels: Number.parseInt(playlist.channels ?? "2", 10) || 2,
  };
}

/** Surround sound is offered only where the browser says it can decode it; without a word on the codec it is tried. */
function canDecode(playlist: MediaPlaylist | undefined): boolean {
  const codec = playlist?.audioCodec;
  return !codec || MediaSource.isTypeSupported(`audio/mp4; codecs="${codec}"`);
}
