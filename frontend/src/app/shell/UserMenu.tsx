import { useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { LogOut, UserRound } from "lucide-react";
import { useTranslation } from "react-i18next";
import { OPERATOR_PAGES } from "@/app/shell/destinations";
import { Avatar } from "@/components/ui/Avatar";
import { Popover } from "@/components/ui/Popover";
import { signOut } from "@/lib/sign-out";
import type { Me } from "@/types/schemas";

const ITEM =
  "flex h-10 w-full items-center gap-3 rounded-[6px] px-3 text-sm -outline-offset-2 hover:bg-surface [&>svg]:size-4 [&>svg]:text-muted";

export function UserMenu({ me }: { me: Me }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  return (
    <Popover
      label={t("nav.menu_of", { name: me.name })}
      face={<Avatar name={me.name} className="size-9" />}
      buttonClassName="rounded-pill"
      className="w-60 p-1.5"
    >
      {(close) => (
        <>
          <div className="border-line border-b px-3 pt-2 pb-3">
            <p className="truncate font-semibold text-sm">{me.name}</p>
            {me.email && <p className="truncate text-muted text-sm">{me.email}</p>}
          </div>
          <ul className="pt-1.5">
            <li>
              <Link to="/account" className={ITEM} onClick={close}>
                <UserRound aria-hidden />
                {t("nav.account")}
              </Link>
            </li>
            {me.is_operator &&
              OPERATOR_PAGES.map(({ to, label, icon: Icon }) => (
                <li key={to}>
                  <Link to={to} className={ITEM} onClick={close}>
                    <Icon aria-hidden />
                    {t(label)}
                  </Link>
                </li>
              ))}
            <li>
              <button type="button" className={ITEM} onClick={() => void signOut(client)} data-testid="sign-out">
                <LogOut aria-hidden />
                {t("nav.sign_out")}
              </button>
            </li>
          </ul>
        </>
      )}
    </Popover>
  );
}
