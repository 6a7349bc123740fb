/** The film screens, which fill the whole window. */
import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { rootRoute } from "@/app/routes/frames";
import { requirePerson } from "@/app/routes/guards";
import { settledSession } from "@/lib/session";

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

const remoteRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/room/$id/remote",
  beforeLoad: requirePerson,
  component: lazyRouteComponent(() => import("@/app/screens"), "RemoteScreen"),
});

const joinRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/join/$token",
  beforeLoad: async () => void (await settledSession()),
  component: lazyRouteComponent(() => import("@/app/screens"), "JoinScreen"),
});

export const filmRoutes = [watchRoute, roomRoute, remoteRoute, joinRoute] as const;
