/** The state of one room as its page shows it. RoomSession writes it; components read it. */
import { createStore, type StoreApi } from "zustand/vanilla";
import type { SocketState } from "@/lib/socket";
import type {
  Member,
  QueueBody,
  ReadyState,
  RoomBody,
  RulesBody,
  TimelineBody,
  WishBody,
  You,
} from "@/types/frames.gen";
import { type Guard, isGuardOn } from "./chat/spoilers";
import type { Line } from "./feed";

export interface RoomState {
  connection: SocketState;
  /** The room has been entered at least once. */
  you: You | null;
  room: RoomBody | null;
  timeline: TimelineBody | null;
  /** The room went on when `timeline` came. */
  wasGoing: boolean;
  members: Member[];
  queue: QueueBody | null;
  ready: ReadyState | null;
  rules: RulesBody | null;
  /** Commands that wait for somebody's consent. */
  wishes: WishBody[];
  lines: Line[];
  guard: Guard;
  /** Local time (performance.now) until which somebody is said to be typing, by person. */
  typing: Record<string, number>;
  /** The browser wants a gesture before it plays. */
  isBlocked: boolean;
  /** This machine cannot keep up with the room. */
  isStruggling: boolean;
  /** The last thing that did not work, in words; `n` tells two equal ones apart. */
  notice: { n: number; text: string } | null;
}

export type RoomStore = StoreApi<RoomState>;

export function createRoomStore(): RoomStore {
  return createStore<RoomState>(() => ({
    connection: { status: "connecting" },
    you: null,
    room: null,
    timeline: null,
    wasGoing: false,
    members: [],
    queue: null,
    ready: null,
    rules: null,
    wishes: [],
    lines: [],
    guard: { isOn: isGuardOn(), reachedS: 0, revealed: new Set() },
    typing: {},
    isBlocked: false,
    isStruggling: false,
    notice: null,
  }));
}
