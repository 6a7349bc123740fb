/**
 * Every address of the app. Pages are lazy: a visitor loads the shell and the page in front of them. Who may open what
 * stands in routes/guards.ts.
 */
import { createRouter } from "@tanstack/react-router";
import { RouteError } from "@/app/RouteError";
import { entranceRoutes } from "@/app/routes/entrance";
import { filmRoutes } from "@/app/routes/film";
import { rootRoute, shellRoute } from "@/app/routes/frames";
import { houseRoutes } from "@/app/routes/house";
import { operatorRoutes } from "@/app/routes/operator";
import { Splash } from "@/app/Splash";

export const router = createRouter({
  routeTree: rootRoute.addChildren([
    shellRoute.addChildren([...houseRoutes, ...operatorRoutes]),
    ...entranceRoutes,
    ...filmRoutes,
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
