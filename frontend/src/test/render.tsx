import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import {
  createMemoryHistory,
  createRootRoute,
  createRoute,
  createRouter,
  type RouteComponent,
  RouterProvider,
} from "@tanstack/react-router";
import { act, type RenderResult, render } from "@testing-library/react";
import { vi } from "vitest";

type Handler = (request: Request) => Response | Promise<Response>;

/** Answers by "METHOD /path"; anything else fails the test by name. Returns what was asked, in order. */
export function serve(handlers: Record<string, Handler>): string[] {
  const asked: string[] = [];
  vi.stubGlobal("fetch", async (input: RequestInfo | URL, init?: RequestInit) => {
    const request = new Request(new URL(input instanceof Request ? input.url : String(input), window.location.origin), {
      ...(input instanceof Request ? { method: input.method, headers: input.headers } : {}),
      ...init,
    });
    const body = input instanceof Request ? input : request;
    const key = `${request.method} ${new URL(request.url).pathname.replace("/api/v1", "")}`;
    asked.push(key);
    const handler = handlers[key];
    if (!handler) throw new Error(`nobody answers ${key}`);
    return handler(body);
  });
  return asked;
}

/** A page at an address of its own router, with a fresh cache. */
export async function renderAt(path: string, pattern: string, component: RouteComponent): Promise<RenderResult> {
  const root = createRootRoute();
  const shell = createRoute({ getParentRoute: () => root, id: "shell" });
  const at = (where: string) =>
    createRoute({ getParentRoute: () => shell, path: where, component: () => <p>{where}</p> });
  const others = [
    "/",
    "/search",
    "/title/$id",
    "/watch/$id",
    "/room/$id",
    "/requests",
    "/requests/new",
    "/login",
    "/register",
    "/reset",
  ];
  const page = createRoute({ getParentRoute: () => shell, path: pattern, component });
  const router = createRouter({
    routeTree: root.addChildren([shell.addChildren([page, ...others.filter((other) => other !== pattern).map(at)])]),
    history: createMemoryHistory({ initialEntries: [path] }),
    defaultPendingMinMs: 0,
  });
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  await router.load();
  let result: RenderResult | undefined;
  await act(async () => {
    result = render(
      <QueryClientProvider client={client}>
        <RouterProvider router={router as never} />
      </QueryClientProvider>,
    );
  });
  if (!result) throw new Error("not rendered");
  return result;
}
