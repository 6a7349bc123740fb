import { Outlet, useLocation, useNavigate } from "@tanstack/react-router";
import { lazy, Suspense, useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { Banners } from "@/app/shell/Banners";
import { Header } from "@/app/shell/Header";
import { TabBar } from "@/app/shell/TabBar";
import { useMe } from "@/lib/session";

const LiveUpdates = lazy(async () => ({ default: (await import("@/app/shell/LiveUpdates")).LiveUpdates }));

/** The frame around every page but the film itself: header, banners, tab bar on phones, live updates. */
export function Shell() {
  const { t } = useTranslation();
  const me = useMe();
  const main = useFocusOnNewPage();
  useSearchShortcut();
  if (!me) return null;
  return (
    <div className="flex min-h-dvh flex-col">
      <a
        href="#main"
        className="sr-only z-50 rounded-card bg-accent px-4 py-2 text-on-accent focus:not-sr-only focus:fixed focus:top-3 focus:left-3"
      >
        {t("app.skip")}
      </a>
      <Suspense>
        <LiveUpdates key={me.id} />
      </Suspense>
      <Header me={me} />
      <Banners me={me} />
      <main id="main" ref={main} tabIndex={-1} className="flex-1 pb-24 outline-none md:pb-16">
        <Outlet />
      </main>
      <TabBar />
    </div>
  );
}

/** Screen readers and keyboards continue at the new page, unless the page itself has put the focus somewhere. */
function useFocusOnNewPage() {
  const main = useRef<HTMLElement>(null);
  const { pathname } = useLocation();
  const previous = useRef(pathname);
  useEffect(() => {
    if (previous.current === pathname) return;
    previous.current = pathname;
    if (!main.current?.contains(document.activeElement)) main.current?.focus({ preventScroll: true });
  }, [pathname]);
  return main;
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}

/** `/` or Ctrl-K opens the search from anywhere in the shell. */
function useSearchShortcut(): void {
  const navigate = useNavigate();
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const isSlash = event.key === "/" && !isTyping(event.target);
      const isCtrlK = event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey);
      if (!isSlash && !isCtrlK) return;
      event.preventDefault();
      void navigate({ to: "/search" });
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [navigate]);
}
