/**
 * The typed HTTP client. A 401 leads to one shared refresh and one retry; every other failure becomes an ApiError that
 * carries the server's sentence for people.
 */
import createClient from "openapi-fetch";
import { getAccessToken, refreshSession } from "@/lib/session";
import type { paths } from "@/types/api.gen";

export { getAccessToken, useMe, useSession } from "@/lib/session";

export class ApiError extends Error {
  constructor(
    message: string,
    readonly status: number,
    readonly code: string,
    readonly fields: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.name = "ApiError";
  }

  /** Nobody answered at all: the network or the server is down. */
  get isOffline(): boolean {
    return this.status === 0;
  }
}

/** Add the token; on 401 refresh once (together with everybody else) and try again. */
export async function fetchWithSession(request: Request): Promise<Response> {
  const spare = request.clone();
  const token = getAccessToken();
  const response = await fetch(withToken(request, token));
  if (response.status !== 401 || token === null) return response;
  // Somebody else may have refreshed while this request was under way.
  const isNewer = getAccessToken() !== token && getAccessToken() !== null;
  if (!isNewer && !(await refreshSession())) return response;
  return fetch(withToken(spare, getAccessToken()));
}

function withToken(request: Request, token: string | null): Request {
  if (token !== null) request.headers.set("Authorization", `Bearer ${token}`);
  return request;
}

export const api = createClient<paths>({ baseUrl: window.location.origin, fetch: fetchWithSession });

type Answer<T> = { data?: T; error?: unknown; response: Response };

/** Unwrap an openapi-fetch answer: the data, or an ApiError. */
export async function call<T>(answer: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await answer.catch(() => {
    throw new ApiError("Matinee does not answer. Check the connection and try again.", 0, "offline");
  });
  if (!response.ok) throw toApiError(error, response);
  return data as T;
}

function toApiError(error: unknown, response: Response): ApiError {
  const problem = isProblem(error) ? error : {};
  const detail = problem.detail ?? `The server answered ${response.status}. Try again in a moment.`;
  return new ApiError(detail, response.status, problem.code ?? "unknown", problem.fields);
}

type Problem = { detail?: string; code?: string; fields?: Record<string, string> };

function isProblem(error: unknown): error is Problem {
  return typeof error === "object" && error !== null;
}
