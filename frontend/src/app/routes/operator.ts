/** What the person who runs the server finds besides. */
import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { shellRoute } from "@/app/routes/frames";
import { loadOperatorWords } from "@/lib/i18n";

async function withWords<M>(module: Promise<M>): Promise<M> {
  const [loaded] = await Promise.all([module, loadOperatorWords()]);
  return loaded;
}

const outboxRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/outbox",
  component: lazyRouteComponent(() => withWords(import("@/features/admin/OutboxPage")), "OutboxPage"),
});

const storageRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/storage",
  component: lazyRouteComponent(() => withWords(import("@/features/admin/StoragePage")), "StoragePage"),
});

const jobsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/jobs",
  component: lazyRouteComponent(() => withWords(import("@/features/admin/JobsPage")), "JobsPage"),
});

const liveRoomsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/operator/rooms",
  component: lazyRouteComponent(() => withWords(import("@/features/admin/RoomsPage")), "RoomsPage"),
});

export const operatorRoutes = [outboxRoute, storageRoute, jobsRoute, liveRoomsRoute] as const;
