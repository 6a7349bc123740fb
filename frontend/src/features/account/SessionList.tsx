import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { MonitorSmartphone } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Badge } from "@/components/ui/Badge";
import { Button } from "@/components/ui/Button";
import { Skeleton } from "@/components/ui/Skeleton";
import { ErrorState } from "@/components/ui/States";
import { api, call } from "@/lib/api";
import { deviceName } from "@/lib/device";
import { formatAgo } from "@/lib/format";
import { keys } from "@/lib/queries";

export function SessionList() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { data, error, isPending, refetch } = useQuery({
    queryKey: keys.sessions,
    queryFn: () => call(api.GET("/api/v1/auth/sessions")),
  });
  const revoke = useMutation({
    mutationFn: (family: string) =>
      call(api.DELETE("/api/v1/auth/sessions/{family}", { params: { path: { family } } })),
    onSettled: () => client.invalidateQueries({ queryKey: keys.sessions }),
  });
  if (isPending) return <Skeleton className="h-16" />;
  if (error) return <ErrorState error={error} onRetry={() => void refetch()} />;
  return (
    <ul className="divide-y divide-line rounded-card border border-line bg-surface">
      {data.map((session) => {
        const device = deviceName(session.device) ?? t("account.unknown_device");
        return (
          <li key={session.id} className="flex items-center gap-4 px-4 py-3">
            <MonitorSmartphone aria-hidden className="size-5 shrink-0 stroke-[1.6] text-muted" />
            <div className="min-w-0 flex-1">
              <p className="truncate font-medium text-sm">{device}</p>
              <p className="truncate text-muted text-sm">
                {t("account.last_used", { ago: formatAgo(session.last_used_at) })}
                {session.address && ` · ${session.address}`}
              </p>
            </div>
            {session.is_current ? (
              <Badge tone="good">{t("account.this_device")}</Badge>
            ) : (
              <Button
                size="sm"
                busy={revoke.isPending && revoke.variables === session.id}
                aria-label={t("account.revoke_label", { device })}
                onClick={() => revoke.mutate(session.id)}
              >
                {t("account.revoke")}
              </Button>
            )}
          </li>
        );
      })}
    </ul>
  );
}
