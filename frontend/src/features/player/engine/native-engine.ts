/** Safari without Media Source Extensions plays HLS by itself; it chooses quality and lists tracks on its own. */
import type { Engine, EngineOptions } from "./engine";

/** A fresh address that fails as soon as this is no matter of an address that ran out. */
const RENEWAL_MEMORY_MS = 15_000;

export function createNativeEngine({ video, masterUrl, startPosition, onProblem, onExpired }: EngineOptions): Engine {
  let wanted = startPosition;
  let address = masterUrl;
  let askedMs = Number.NEGATIVE_INFINITY;

  const load = (url: string): void => {
    address = url;
    video.src = url;
    video.load();
  };
  const reopen = (url: string): void => {
    wanted = video.currentTime;
    const wasPlaying = !video.paused;
    load(url);
    if (wasPlaying) void video.play();
  };
  const askForAddress = async (): Promise<void> => {
    const url = await onExpired();
    if (url === null) onProblem("network");
    else reopen(url);
  };
  const onMetadata = (): void => {
    if (wanted > 0) video.currentTime = wanted;
  };
  const onError = (): void => {
    const nowMs = performance.now();
    if (video.error?.code !== MediaError.MEDIA_ERR_NETWORK) onProblem("unsupported");
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
    // The one that plays is good for hours; changing it would interrupt the film.
    renew: (url) => {
      address = url;
    },
    retry: () => reopen(address),
    kbps: () => 0,
    destroy: () => {
      video.removeEventListener("loadedmetadata", onMetadata);
      video.removeEventListener("error", onError);
      video.removeAttribute("src");
      video.load();
    },
  };
}
