/** Safari without Media Source Extensions plays HLS by itself; it chooses quality and lists tracks on its own. */
import type { Engine, EngineOptions } from "./engine";

export function createNativeEngine({ video, masterUrl, startPosition, onProblem }: EngineOptions): Engine {
  let wanted = startPosition;

  const load = (url: string): void => {
    video.src = url;
    video.load();
  };
  const onMetadata = (): void => {
    if (wanted > 0) video.currentTime = wanted;
  };
  const onError = (): void => {
    onProblem(video.error?.code === MediaError.MEDIA_ERR_NETWORK ? "network" : "unsupported");
  };
  video.addEventListener("loadedmetadata", onMetadata);
  video.addEventListener("error", onError);
  load(masterUrl);

  return {
    setLevel: () => undefined,
    setAudio: () => undefined,
    renew: (url) => {
      wanted = video.currentTime;
      const wasPlaying = !video.paused;
      load(url);
      if (wasPlaying) void video.play();
    },
    retry: () => {
      wanted = video.currentTime;
      load(video.currentSrc);
    },
    kbps: () => 0,
    destroy: () => {
      video.removeEventListener("loadedmetadata", onMetadata);
      video.removeEventListener("error", onError);
      video.removeAttribute("src");
      video.load();
    },
  };
}
