/** The two frames that every page stands in: the app itself, and the shell with header and tabs for signed-in people. */
import { createRootRoute, createRoute } from "@tanstack/react-router";
import { NotFoundPage } from "@/app/NotFoundPage";
import { RootLayout } from "@/app/RootLayout";
import { requirePerson } from "@/app/routes/guards";
import { Shell } from "@/app/shell/Shell";

export const rootRoute = createRootRoute({ component: RootLayout, notFoundComponent: NotFoundPage });

export const shellRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: "shell",
  component: Shell,
  beforeLoad: requirePerson,
});
