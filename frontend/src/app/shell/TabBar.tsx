import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { DESTINATIONS } from "@/app/shell/destinations";

/** Navigation under the thumb, on phones only. */
export function TabBar() {
  const { t } = useTranslation();
  return (
    <nav
      aria-label={t("app.main_nav")}
      className="fixed inset-x-0 bottom-0 z-30 border-line border-t bg-ground pb-[env(safe-area-inset-bottom)] md:hidden"
    >
      <ul className="grid grid-cols-5">
        {DESTINATIONS.map(({ to, short, icon: Icon }) => (
          <li key={to}>
            <Link
              to={to}
              activeOptions={{ exact: to === "/" }}
              className="flex h-15 flex-col items-center justify-center gap-1 text-xs"
              activeProps={{ className: "text-accent-text font-semibold" }}
              inactiveProps={{ className: "text-muted" }}
            >
              <Icon aria-hidden className="size-5" />
              {t(short)}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}
