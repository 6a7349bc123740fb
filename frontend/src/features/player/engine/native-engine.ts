/** Safari without Media Source Extensions plays HLS by itself; it chooses quality and lists tracks on its own. */
import { isSameFilm } from "./address";
import { type Engine, type EngineOptions, ignoreInterruption } from "./engine";

/** A fresh address that fails as soon as this is no matter of an address that ran out. */
const RENEWAL_MEMORY_MS = 15_000;
const HLS_TYPE = "application/vnd.apple.mpegurl";

export function createNativeEngine({ video, masterUrl, startPosition, onProblem, onExpired }: EngineOptions): Engine {
  let wanted = startPosition;
  let address = masterUrl;
  let isDestroyed = false;
  let askedMs = Number.NEGATIVE_INFINITY;

  const load = (url: string): void => {
    address = url;
    video.src = url;
    video.load();
  };
  const reopen = (url: string): void => {
    // Without metadata the element knows no place: the one that was wanted is still to come.
    if (video.readyState > HTMLMediaElement.HAVE_NOTHING) wanted = video.currentTime;
    const wasPlaying = !video.paused;
    load(url);
    if (wasPlaying) void video.play().catch(ignoreInterruption);
  };
  const askForAddress = async (): Promise<void> => {
    const renewal = await onExpired();
    if (isDestroyed) return;
    if ("address" in renewal) reopen(renewal.address);
    else onProblem(renewal.problem);
  };
  const onMetadata = (): void => {
    if (wanted > 0) video.currentTime = wanted;
  };
  const onError = (): void => {
    const nowMs = performance.now();
    if (!isFaultOfTheLine(video)) onProblem("unsupported");
    else if (nowMs - askedMs < RENEWAL_MEMORY_MS) onProblem("network");
    else void askForAddress();
    askedMs = nowMs;
  };
  video.addEventListener("loadedmetadata", onMetadata);
  video.addEventListener("error", onError);
  load(masterUrl);

  return {
    setLevel: () => undefined,
    setAudio: () => undefined,
    // The one that plays is good for hours; changing it would interrupt the film, unless its files are gone.
    renew: (url) => {
      if (isSameFilm(url, address)) address = url;
      else reopen(url);
    },
    retry: () => reopen(address),
    kbps: () => 0,
    step: () => undefined,
    destroy: () => {
      isDestroyed = true;
      video.removeEventListener("loadedmetadata", onMetadata);
      video.removeEventListener("error", onError);
      video.removeAttribute("src");
      video.load();
    },
  };
}

/** An address that does not answer before anything is known of the film is reported as a film of an unknown kind. */
function isFaultOfTheLine(video: HTMLVideoElement): boolean {
  const code = video.error?.code;
  if (code === MediaError.MEDIA_ERR_NETWORK) return true;
  const isUnread = video.readyState === HTMLMediaElement.HAVE_NOTHING && video.canPlayType(HLS_TYPE) !== "";
  return code === MediaError.MEDIA_ERR_SRC_NOT_SUPPORTED && isUnread;
}
