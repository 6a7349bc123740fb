/** Joins the addresses of the film screens to their features, which know nothing of the router's parameters. */
import { getRouteApi } from "@tanstack/react-router";
import { lazy } from "react";
import { loadFilmWords } from "@/lib/i18n";

const PlayerPage = lazy(() => withWords(import("@/features/player/PlayerPage"), ({ PlayerPage: page }) => page));
const RoomPage = lazy(() => withWords(import("@/features/room/RoomPage"), ({ RoomPage: page }) => page));
const RemotePage = lazy(() => withWords(import("@/features/room/power/RemotePage"), ({ RemotePage: page }) => page));
const JoinPage = lazy(() => withWords(import("@/features/room/JoinPage"), ({ JoinPage: page }) => page));

async function withWords<M, P>(module: Promise<M>, pick: (module: M) => P): Promise<{ default: P }> {
  const [loaded] = await Promise.all([module, loadFilmWords()]);
  return { default: pick(loaded) };
}

const watchRoute = getRouteApi("/watch/$id");
const roomRoute = getRouteApi("/room/$id");
const remoteRoute = getRouteApi("/room/$id/remote");
const joinRoute = getRouteApi("/join/$token");

export function WatchScreen() {
  const { id } = watchRoute.useParams();
  return <PlayerPage key={id} titleId={id} />;
}

export function RoomScreen() {
  const { id } = roomRoute.useParams();
  return <RoomPage key={id} roomId={id} />;
}

export function RemoteScreen() {
  const { id } = remoteRoute.useParams();
  return <RemotePage key={id} roomId={id} />;
}

export function JoinScreen() {
  const { token } = joinRoute.useParams();
  return <JoinPage key={token} token={token} />;
}
