import { Outlet, useRouter } from "@tanstack/react-router";
import { lazy, Suspense, useEffect, useRef } from "react";
import { ErrorState } from "@/components/ui/States";
import { ApiError } from "@/lib/api";
import { i18next } from "@/lib/i18n";
import { useSession } from "@/lib/session";

const Toasts = lazy(async () => ({ default: (await import("@/app/Toasts")).Toasts }));

export function RootLayout() {
  const router = useRouter();
  const { status } = useSession();
  const seen = useRef(status);

  // Signing in or out, here or by revocation, sends everybody through the guards again.
  useEffect(() => {
    if (seen.current !== status) void router.invalidate();
    seen.current = status;
  }, [status, router]);

  if (status === "unreachable") {
    const error = new ApiError(i18next.t("errors.server_silent"), 0, "offline");
    return (
      <main className="flex min-h-dvh items-center justify-center">
        <ErrorState error={error} onRetry={() => void router.invalidate()} />
      </main>
    );
  }
  return (
    <>
      <Outlet />
      <Suspense>
        <Toasts />
      </Suspense>
    </>
  );
}
