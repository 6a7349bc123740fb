/** What the person who runs the server finds besides. */
import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { shellRoute } from "@/app/routes/frames";

const outboxRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/outbox",
  component: lazyRouteComponent(() => import("@/features/admin/OutboxPage"), "OutboxPage"),
});

const storageRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/storage",
  component: lazyRouteComponent(() => import("@/features/admin/StoragePage"), "StoragePage"),
});

const jobsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/jobs",
  component: lazyRouteComponent(() => import("@/features/admin/JobsPage"), "JobsPage"),
});

export const operatorRoutes = [outboxRoute, storageRoute, jobsRoute] as const;
