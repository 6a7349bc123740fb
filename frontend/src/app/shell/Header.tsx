import { Link } from "@tanstack/react-router";
import { Search } from "lucide-react";
import { useTranslation } from "react-i18next";
import { DESTINATIONS } from "@/app/shell/destinations";
import { NotificationBell } from "@/app/shell/NotificationBell";
import { UserMenu } from "@/app/shell/UserMenu";
import { Logo } from "@/components/Logo";
import type { Me } from "@/types/schemas";

export function Header({ me }: { me: Me }) {
  const { t } = useTranslation();
  return (
    <header className="page-x sticky top-0 z-30 flex h-16 items-center gap-6 border-line border-b bg-ground">
      <Link to="/" aria-label={t("app.home")} className="rounded-card">
        <Logo />
      </Link>
      <nav aria-label={t("app.main_nav")} className="hidden md:block">
        <ul className="flex items-center gap-1">
          {DESTINATIONS.filter(({ to }) => to !== "/search").map(({ to, label }) => (
            <li key={to}>
              <Link
                to={to}
                activeOptions={{ exact: to === "/" }}
                className="flex h-10 items-center rounded-card px-3 text-sm transition-colors hover:text-text"
                activeProps={{ className: "font-semibold text-text" }}
                inactiveProps={{ className: "text-muted" }}
              >
                {t(label)}
              </Link>
            </li>
          ))}
        </ul>
      </nav>
      <div className="ml-auto flex items-center gap-2">
        <Link
          to="/search"
          className="hidden h-10 w-56 items-center gap-2 rounded-card border border-line bg-surface px-3 text-muted text-sm transition-colors hover:border-edge lg:flex"
        >
          <Search aria-hidden className="size-4" />
          {t("nav.search")}
          <kbd aria-hidden className="ml-auto rounded border border-line px-1.5 font-sans text-xs">
            /
          </kbd>
        </Link>
        <Link
          to="/search"
          aria-label={t("nav.search")}
          className="hidden size-10 items-center justify-center rounded-card hover:bg-raised md:flex lg:hidden"
        >
          <Search aria-hidden className="size-5" />
        </Link>
        <NotificationBell />
        <UserMenu me={me} />
      </div>
    </header>
  );
}
