import { createContext, use, useEffect, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { RoomSession } from "./room-session";
import type { RoomState } from "./room-store";

export const RoomContext = createContext<RoomSession | null>(null);

export function useRoomSession(): RoomSession {
  const session = use(RoomContext);
  if (session === null) throw new Error("useRoomSession needs a RoomContext around it");
  return session;
}

export function useRoomState<T>(select: (state: RoomState) => T): T {
  return useStore(useRoomSession().store, select);
}

/** A visit that lasts as long as the page shows this room. */
export function useVisit(roomId: string, isCompanion = false): RoomSession {
  const { t } = useTranslation();
  const session = useMemo(
    () => new RoomSession(roomId, { offline: t("room.command_offline") }, isCompanion),
    [roomId, t, isCompanion],
  );
  useEffect(() => {
    session.connect();
    return () => session.disconnect();
  }, [session]);
  useMatineeHooks(session);
  return session;
}

declare global {
  interface Window {
    /** For benches and end-to-end tests: what the room believes, in its own units. */
    __matinee?: {
      roomNow: () => number | null;
      expected: () => number | null;
      error: () => number | null;
      timeline: () => RoomState["timeline"];
      /** Nobody moves the film any more; a bench then drives it by other rules. */
      detach: () => void;
    };
  }
}

function useMatineeHooks(session: RoomSession): void {
  useEffect(() => {
    window.__matinee = {
      roomNow: () => session.roomNow(),
      expected: () => session.expected(),
      error: () => session.syncStatus()?.error ?? null,
      timeline: () => session.store.getState().timeline,
      detach: () => session.detach(),
    };
    return () => {
      delete window.__matinee;
    };
  }, [session]);
}
