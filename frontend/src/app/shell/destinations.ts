import { Activity, Bookmark, Clapperboard, HardDrive, House, ListVideo, Mail, Search, Users } from "lucide-react";

/** The places of the house, in the order of both the header and the phone's tab bar. */
export const DESTINATIONS = [
  { to: "/", label: "nav.home", short: "nav.home", icon: House },
  { to: "/search", label: "nav.search", short: "nav.search", icon: Search },
  { to: "/requests", label: "nav.requests", short: "nav.requests", icon: ListVideo },
  { to: "/watch-later", label: "nav.watch_later", short: "nav.later_short", icon: Bookmark },
  { to: "/rooms", label: "nav.rooms", short: "nav.rooms", icon: Users },
] as const;

/** In the menu of the person who runs the server. */
export const OPERATOR_PAGES = [
  { to: "/jobs", label: "nav.jobs", icon: Clapperboard },
  { to: "/storage", label: "nav.storage", icon: HardDrive },
  { to: "/operator/rooms", label: "nav.live_rooms", icon: Activity },
  { to: "/outbox", label: "nav.outbox", icon: Mail },
] as const;
