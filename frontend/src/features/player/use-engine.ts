/** Ties one engine to one media element for as long as both live. */
import { useCallback, useEffect, useEffectEvent, useRef } from "react";
import type { Playback } from "@/types/schemas";
import type { AskForAddress, Engine } from "./engine/engine";
import { addressOf, createEngine } from "./engine/hls-engine";
import { bindMedia } from "./media-binding";
import type { PlayerStore } from "./store";

interface EngineParts {
  video: HTMLVideoElement | null;
  store: PlayerStore;
  playback: Playback;
  startPosition: number;
  onExpired: AskForAddress;
}

export function useEngine({ video, store, playback, startPosition, onExpired }: EngineParts): () => Engine | null {
  const engine = useRef<Engine | null>(null);
  const newest = addressOf(playback);
  const address = useRef(newest);

  const open = useEffectEvent((element: HTMLVideoElement): Engine => {
    address.current = newest;
    return createEngine({
      video: element,
      masterUrl: newest,
      startPosition,
      ready: playback.renditions.filter(({ ready }) => ready).map(({ name }) => name),
      onTracks: (tracks) => store.setState(tracks),
      onProblem: (problem) => store.setState({ problem, isWaiting: false, isPreparing: false }),
      onPreparing: (isPreparing) => store.setState({ isPreparing }),
      onExpired: () => expire(),
    });
  });
  const expire = useEffectEvent(() => onExpired());

  useEffect(() => {
    if (video === null) return;
    const unbind = bindMedia(video, store);
    const opened = open(video);
    engine.current = opened;
    return () => {
      unbind();
      opened.destroy();
      engine.current = null;
    };
  }, [video, store]);

  useEffect(() => {
    if (address.current === newest) return;
    address.current = newest;
    engine.current?.renew(newest);
  }, [newest]);

  return useCallback(() => engine.current, []);
}
