/** The ways in: signing in, signing up, links from mails, and the first set-up. */
import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { rootRoute } from "@/app/routes/frames";
import { onlySignedOut, readNext, readToken } from "@/app/routes/guards";

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

export const entranceRoutes = [loginRoute, registerRoute, verifyRoute, resetRoute, setupRoute] as const;
