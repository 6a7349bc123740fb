/** The `updates` socket: one per signed-in member, its frames written into the Query cache. One truth, two ways in. */
import type { QueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { setUpdatesConnection } from "@/lib/connection";
import {
  type NoteFrame,
  type Pages,
  ProgressGate,
  type ReqFrame,
  type UpdateFrame,
  withNotification,
  withProgress,
  withRequest,
  withSnapshot,
} from "@/lib/frames";
import { keys } from "@/lib/queries";
import { connectSocket } from "@/lib/socket";
import type { Notification, RequestItem, TitleDetail } from "@/types/schemas";

export type OnNote = (note: Notification) => void;

/** Apply one frame to the cache; the returned gate state lives in `gate`. */
export function applyFrame(client: QueryClient, gate: ProgressGate, frame: UpdateFrame, onNote?: OnNote): void {
  switch (frame.t) {
    case "snap":
      gate.clear();
      writeRequests(client, (data) => withSnapshot(data, frame.requests));
      client.setQueryData(keys.unread, frame.unread);
      void client.invalidateQueries({ queryKey: keys.library });
      break;
    case "req":
      applyRequest(client, frame);
      break;
    case "prog":
      if (gate.isNew(frame)) writeRequests(client, (data) => withProgress(data, frame));
      break;
    case "note":
      applyNote(client, frame, onNote);
      break;
    case "bye":
      break;
  }
}

/** Lists that were never loaded stay unloaded: their first fetch is fresher than any frame. */
function writeRequests(client: QueryClient, change: (data: Pages<RequestItem>) => Pages<RequestItem>): void {
  client.setQueryData<Pages<RequestItem>>(keys.requests, (data) => data && change(data));
}

function applyRequest(client: QueryClient, { t: _, ...item }: ReqFrame): void {
  writeRequests(client, (data) => withRequest(data, item));
  void client.invalidateQueries({ queryKey: keys.library });
  if (item.title.id === null) return;
  client.setQueryData<TitleDetail>(keys.title(item.title.id), (title) => (title ? { ...title, ...item.title } : title));
}

function applyNote(client: QueryClient, { t: _, ...frame }: NoteFrame, onNote: OnNote | undefined): void {
  const note: Notification = { ...frame, seen: false };
  client.setQueryData<Pages<Notification>>(keys.notifications, (data) => data && withNotification(data, note));
  client.setQueryData<number>(keys.unread, (unread) => (unread ?? 0) + 1);
  onNote?.(note);
}

/** Stay connected while mounted. Mount once, for members only: a guest hears from the room's own socket. */
export function useUpdates(client: QueryClient, onNote: OnNote): void {
  useEffect(() => {
    const gate = new ProgressGate();
    let wasOpen = false;
    const socket = connectSocket<UpdateFrame, never>({
      path: "/ws/updates",
      purpose: "updates",
      onFrame: (frame) => applyFrame(client, gate, frame, onNote),
      onState: (state) => {
        // What happened while away is in the lists; the snapshot only covers what is alive.
        if (state.status === "open" && wasOpen) {
          void client.invalidateQueries({ queryKey: keys.requests });
          void client.invalidateQueries({ queryKey: keys.notifications });
        }
        wasOpen ||= state.status === "open";
        setUpdatesConnection(state);
      },
    });
    return () => socket.close();
  }, [client, onNote]);
}
