import { skipToken, useQuery } from "@tanstack/react-query";
import { Bell } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { Popover } from "@/components/ui/Popover";
import { Skeleton } from "@/components/ui/Skeleton";
import { keys } from "@/lib/queries";

const NotificationList = lazy(async () => ({ default: (await import("./NotificationList")).NotificationList }));

const MANY = 99;

export function NotificationBell() {
  const { t } = useTranslation();
  const [isOpen, setIsOpen] = useState(false);
  const unread = useUnread();
  return (
    <Popover
      label={unread > 0 ? t("notifications.unread", { count: unread }) : t("notifications.open")}
      face={<BellFace unread={unread} />}
      buttonClassName="relative flex size-10 items-center justify-center rounded-card transition-colors hover:bg-raised"
      className="w-[min(24rem,calc(100vw-24px))] overflow-hidden"
      onToggle={setIsOpen}
      data-testid="bell"
    >
      {(close) =>
        isOpen && (
          <Suspense fallback={<Skeleton className="m-4 h-20" />}>
            <NotificationList onFollow={close} />
          </Suspense>
        )
      }
    </Popover>
  );
}

function BellFace({ unread }: { unread: number }) {
  return (
    <>
      <Bell aria-hidden className="size-5" />
      {unread > 0 && (
        <span
          aria-hidden
          className="absolute top-1 right-0.5 min-w-4.5 rounded-pill bg-accent px-1 text-center font-semibold text-[11px] text-on-accent leading-4.5"
        >
          {unread > MANY ? `${MANY}+` : unread}
        </span>
      )}
    </>
  );
}

/** Written by the updates socket only; zero until its first snapshot. */
function useUnread(): number {
  const { data } = useQuery<number>({ queryKey: keys.unread, queryFn: skipToken, initialData: 0 });
  return data ?? 0;
}
