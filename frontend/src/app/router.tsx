/**
 * Every address of the app, and who may open it. Pages are lazy: a visitor loads the shell and the page in front of them.
 * Invariant: a guest of a party gets their room and nothing else.
 */
import { createRootRoute, createRoute, createRouter, lazyRouteComponent, redirect } from "@tanstack/react-router";
import { NotFoundPage } from "@/app/NotFoundPage";
import { RootLayout } from "@/app/RootLayout";
import { RouteError } from "@/app/RouteError";
import { Splash } from "@/app/Splash";
import { Shell } from "@/app/shell/Shell";
import { type SessionState, settledSession } from "@/lib/session";
import type { NewRequestSearch, SearchFilter } from "@/types/searches";

type Guarded = { location: { href: string; pathname: string } };

function refuseGuest(session: SessionState): void {
  if (session.status !== "signed-in" || !session.me.is_guest) return;
  if (session.me.room_id) throw redirect({ to: "/room/$id", params: { id: session.me.room_id } });
  throw redirect({ to: "/login" });
}

async function requirePerson({ location }: Guarded): Promise<void> {
  const session = await settledSession();
  if (session.status === "signed-out") {
    throw redirect({ to: "/login", search: location.pathname === "/" ? {} : { next: location.href } });
  }
  const isOtherRoom =
    session.status === "signed-in" && session.me.is_guest && location.pathname !== `/room/${session.me.room_id}`;
  if (isOtherRoom) refuseGuest(session);
}

type NextSearch = { next?: string };

/** Only paths of this site: an address of another site in `next` would be an open redirect. */
function readNext(search: Record<string, unknown>): NextSearch {
  const { next } = search;
  return typeof next === "string" && /^\/(?![/\\])/.test(next) ? { next } : {};
}

async function onlySignedOut({ search }: { search: NextSearch }): Promise<void> {
  const session = await settledSession();
  if (session.status !== "signed-in" || session.me.is_guest) return;
  throw redirect({ href: search.next ?? "/" });
}

function text(value: unknown): string | undefined {
  if (typeof value === "number") return String(value);
  return typeof value === "string" && value !== "" ? value : undefined;
}

const rootRoute = createRootRoute({ component: RootLayout, notFoundComponent: NotFoundPage });

const shellRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: "shell",
  component: Shell,
  beforeLoad: requirePerson,
});

const homeRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/",
  component: lazyRouteComponent(() => import("@/features/library/HomePage"), "HomePage"),
});

const searchRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/search",
  validateSearch: (search): { q?: string; show?: SearchFilter } => {
    const q = text(search.q);
    const show = search.show === "ready" || search.show === "requestable" ? search.show : undefined;
    return { ...(q ? { q } : {}), ...(show ? { show } : {}) };
  },
  component: lazyRouteComponent(() => import("@/features/catalog/SearchPage"), "SearchPage"),
});

const titleRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/title/$id",
  component: lazyRouteComponent(() => import("@/features/catalog/TitlePage"), "TitlePage"),
});

const requestsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/requests",
  component: lazyRouteComponent(() => import("@/features/requests/RequestsPage"), "RequestsPage"),
});

const newRequestRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/requests/new",
  validateSearch: (search): NewRequestSearch => {
    const [title, name, year, tmdb] = [text(search.title), text(search.name), text(search.year), text(search.tmdb)];
    return {
      ...(title ? { title } : {}),
      ...(name ? { name } : {}),
      ...(year ? { year } : {}),
      ...(tmdb && Number.isInteger(Number(tmdb)) ? { tmdb: Number(tmdb) } : {}),
    };
  },
  component: lazyRouteComponent(() => import("@/features/requests/NewRequestPage"), "NewRequestPage"),
});

const watchLaterRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/watch-later",
  component: lazyRouteComponent(() => import("@/features/library/WatchLaterPage"), "WatchLaterPage"),
});

const roomsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/rooms",
  component: lazyRouteComponent(() => import("@/features/library/RoomsPage"), "RoomsPage"),
});

const accountRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/account",
  component: lazyRouteComponent(() => import("@/features/account/AccountPage"), "AccountPage"),
});

const outboxRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/outbox",
  component: lazyRouteComponent(() => import("@/features/admin/OutboxPage"), "OutboxPage"),
});

const loginRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/login",
  validateSearch: readNext,
  beforeLoad: onlySignedOut,
  component: lazyRouteComponent(() => import("@/features/auth/LoginPage"), "LoginPage"),
});

const registerRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/register",
  validateSearch: readNext,
  beforeLoad: onlySignedOut,
  component: lazyRouteComponent(() => import("@/features/auth/RegisterPage"), "RegisterPage"),
});

const readToken = (search: Record<string, unknown>): { token?: string } => {
  const token = text(search.token);
  return token ? { token } : {};
};

const verifyRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/verify",
  validateSearch: readToken,
  component: lazyRouteComponent(() => import("@/features/auth/VerifyPage"), "VerifyPage"),
});

const resetRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/reset",
  validateSearch: readToken,
  component: lazyRouteComponent(() => import("@/features/auth/ResetPage"), "ResetPage"),
});

const setupRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/setup/$token",
  component: lazyRouteComponent(() => import("@/features/auth/SetupPage"), "SetupPage"),
});

const watchRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/watch/$id",
  beforeLoad: requirePerson,
  component: lazyRouteComponent(() => import("@/app/screens"), "WatchScreen"),
});

const roomRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/room/$id",
  beforeLoad: requirePerson,
  component: lazyRouteComponent(() => import("@/app/screens"), "RoomScreen"),
});

const joinRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/join/$token",
  beforeLoad: async () => void (await settledSession()),
  component: lazyRouteComponent(() => import("@/app/screens"), "JoinScreen"),
});

export const router = createRouter({
  routeTree: rootRoute.addChildren([
    shellRoute.addChildren([
      homeRoute,
      searchRoute,
      titleRoute,
      requestsRoute,
      newRequestRoute,
      watchLaterRoute,
      roomsRoute,
      accountRoute,
      outboxRoute,
    ]),
    loginRoute,
    registerRoute,
    verifyRoute,
    resetRoute,
    setupRoute,
    watchRoute,
    roomRoute,
    joinRoute,
  ]),
  defaultPreload: "intent",
  defaultPendingComponent: Splash,
  defaultErrorComponent: RouteError,
  scrollRestoration: true,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
