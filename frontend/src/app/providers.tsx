import { MutationCache, QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { router } from "@/app/router";
import { ApiError } from "@/lib/api";
import { toastError } from "@/lib/toast";

const MAX_RETRIES = 2;

/** Refusals are answers; only silence and server faults are worth asking again. */
function isWorthRetrying(failures: number, error: Error): boolean {
  const isRefusal = error instanceof ApiError && error.status > 0 && error.status < 500;
  return !isRefusal && failures < MAX_RETRIES;
}

declare module "@tanstack/react-query" {
  interface Register {
    /** A screen that shows the error itself sets `isShownInPlace`. */
    mutationMeta: { isShownInPlace?: boolean };
  }
}

export const queryClient = new QueryClient({
  defaultOptions: {
    // The browser's "offline" is a guess; ask, and let the answer decide.
    queries: { staleTime: 30_000, retry: isWorthRetrying, networkMode: "always" },
    mutations: { networkMode: "always" },
  },
  mutationCache: new MutationCache({
    onError: (error, _variables, _result, mutation) => {
      if (!mutation.meta?.isShownInPlace) void toastError(error.message);
    },
  }),
});

export function App() {
  return (
    <StrictMode>
      <QueryClientProvider client={queryClient}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </StrictMode>
  );
}
