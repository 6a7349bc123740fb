import { createContext, use, useEffect, useLayoutEffect, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import type { PlayerHandle } from "@/features/player/context";
import { isTaken } from "@/features/player/use-shortcuts";
import type { RoomSession } from "../room-session";
import { duckFilm } from "./film-ducker";
import { VoiceSession } from "./voice-session";
import type { VoiceState } from "./voice-store";

export const VoiceContext = createContext<VoiceSession | null>(null);

export function useVoice(): VoiceSession {
  const voice = use(VoiceContext);
  if (voice === null) throw new Error("useVoice needs a VoiceContext around it");
  return voice;
}

export function useVoiceState<T>(select: (state: VoiceState) => T): T {
  return useStore(useVoice().store, select);
}

/** Nobody talks until they want to, but everybody sees who does. */
export function useVoiceVisit(room: RoomSession, roomId: string): VoiceSession {
  const voice = useMemo(() => new VoiceSession(room, roomId), [room, roomId]);
  // A layout effect ends before the visit's own, so that the others still hear that we left.
  useLayoutEffect(() => voice.start(), [voice]);
  return voice;
}

export const HOLD_KEY = "v";

/** The film gets lower under voices, and one key opens the microphone while it is held. */
export function useVoiceWithFilm(handle: PlayerHandle | null): void {
  const { t } = useTranslation();
  const voice = useVoice();
  useEffect(() => {
    if (handle === null) return;
    handle.store.setState({ moreKeys: [{ text: t("voice.hold_key"), shown: HOLD_KEY.toUpperCase() }] });
    return duckFilm(handle.video, voice.store);
  }, [handle, voice, t]);
  useEffect(() => {
    const isHoldKey = (event: KeyboardEvent): boolean => event.key.toLowerCase() === HOLD_KEY;
    const onDown = (event: KeyboardEvent): void => {
      if (isHoldKey(event) && !event.repeat && !isTaken(event)) voice.hold(true);
    };
    const onUp = (event: KeyboardEvent): void => {
      if (isHoldKey(event)) voice.hold(false);
    };
    const onBlur = (): void => voice.hold(false);
    window.addEventListener("keydown", onDown);
    window.addEventListener("keyup", onUp);
    window.addEventListener("blur", onBlur);
    return () => {
      window.removeEventListener("keydown", onDown);
      window.removeEventListener("keyup", onUp);
      window.removeEventListener("blur", onBlur);
      voice.hold(false); // nobody hears the key any more when it is let go
    };
  }, [voice]);
}
