/** What everybody with an account finds: films, search, requests, lists, parties, their account. */
import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { shellRoute } from "@/app/routes/frames";
import { text } from "@/app/routes/guards";
import type { NewRequestSearch, SearchFilter } from "@/types/searches";

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

export const houseRoutes = [
  homeRoute,
  searchRoute,
  titleRoute,
  requestsRoute,
  newRequestRoute,
  watchLaterRoute,
  roomsRoute,
  accountRoute,
] as const;
