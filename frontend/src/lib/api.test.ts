import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { ApiError, api, call, getAccessToken } from "@/lib/api";
import { closeSession, getSession, openSession, refreshSession } from "@/lib/session";
import { alice, json, sessionOf } from "@/test/fixtures";

type Asked = { path: string; token: string | null };

/** A server whose access tokens go stale: it accepts only `valid`, and refreshing hands out the next one. */
function staleServer(options: { refreshStatus?: number } = {}) {
  const asked: Asked[] = [];
  let valid = "token-2";
  vi.stubGlobal("fetch", async (input: Request | string) => {
    const request = input instanceof Request ? input : null;
    const path = new URL(request?.url ?? String(input), window.location.origin).pathname;
    const token = request?.headers.get("Authorization") ?? null;
    asked.push({ path, token });
    await Promise.resolve();
    if (path.endsWith("/auth/refresh")) {
      if (options.refreshStatus) return json({ detail: "no" }, options.refreshStatus);
      return json(sessionOf(alice, valid));
    }
    if (token !== `Bearer ${valid}`) return json({ code: "unauthenticated", detail: "Sign in again." }, 401);
    return json(alice);
  });
  return {
    asked,
    refreshes: () => asked.filter(({ path }) => path.endsWith("/auth/refresh")).length,
    expire: () => (valid = "token-3"),
  };
}

beforeEach(() => openSession(sessionOf(alice, "token-1")));
afterEach(() => {
  vi.unstubAllGlobals();
  closeSession();
});

describe("a request with a stale token", () => {
  test("is repeated once with a fresh one", async () => {
    const server = staleServer();
    await expect(call(api.GET("/api/v1/me"))).resolves.toMatchObject({ name: "Alice" });
    expect(server.asked.map(({ token }) => token)).toEqual(["Bearer token-1", null, "Bearer token-2"]);
    expect(getAccessToken()).toBe("token-2");
  });

  test("shares one refresh with all others", async () => {
    const server = staleServer();
    await Promise.all(Array.from({ length: 8 }, () => call(api.GET("/api/v1/me"))));
    expect(server.refreshes()).toBe(1);
  });

  test("keeps its body for the second try", async () => {
    const bodies: string[] = [];
    vi.stubGlobal("fetch", async (input: Request | string) => {
      if (!(input instanceof Request)) return json(sessionOf(alice, "token-2"));
      bodies.push(await input.text());
      return bodies.length === 1 ? json({}, 401) : json({ unread: 0 });
    });
    await call(api.POST("/api/v1/notifications/seen", { body: { ids: [alice.id] } }));
    expect(bodies).toEqual([JSON.stringify({ ids: [alice.id] }), JSON.stringify({ ids: [alice.id] })]);
  });

  test("is refused for good, and signs out, when the refresh is refused", async () => {
    const server = staleServer({ refreshStatus: 401 });
    await expect(call(api.GET("/api/v1/me"))).rejects.toMatchObject({ status: 401 });
    expect(server.refreshes()).toBe(1);
    expect(getSession().status).toBe("signed-out");
  });

  test("does not sign out when the server is merely broken", async () => {
    staleServer({ refreshStatus: 503 });
    await expect(call(api.GET("/api/v1/me"))).rejects.toBeInstanceOf(ApiError);
    expect(getSession().status).toBe("signed-in");
  });

  test("is refreshed only once more when it goes stale again later", async () => {
    const server = staleServer();
    await call(api.GET("/api/v1/me"));
    server.expire();
    await call(api.GET("/api/v1/me"));
    expect(server.refreshes()).toBe(2);
  });
});

describe("a failure", () => {
  test("carries the server's sentence, code and fields", async () => {
    const problem = { code: "invalid", detail: "name: too long", fields: { name: "too long" } };
    vi.stubGlobal("fetch", async () => json(problem, 400));
    const error = await call(api.GET("/api/v1/library")).catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      status: 400,
      code: "invalid",
      message: "name: too long",
      fields: { name: "too long" },
    });
  });

  test("of the network says so in plain words", async () => {
    vi.stubGlobal("fetch", async () => {
      throw new TypeError("Failed to fetch");
    });
    const error = await call(api.GET("/api/v1/library")).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ isOffline: true });
    expect(String(error)).toContain("does not answer");
  });
});

test("the first refresh without an answer leaves it open who sits here", async () => {
  vi.resetModules();
  const fresh = await import("@/lib/session");
  vi.stubGlobal("fetch", async () => {
    throw new TypeError("Failed to fetch");
  });
  expect(await fresh.settledSession()).toEqual({ status: "unreachable" });
});

test("refreshing without a cookie ends in signed out", async () => {
  vi.stubGlobal("fetch", async () => json({ code: "signed_out" }, 401));
  expect(await refreshSession()).toBe(false);
  expect(getSession().status).toBe("signed-out");
});
