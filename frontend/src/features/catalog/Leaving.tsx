import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Pin } from "lucide-react";
import { useTranslation } from "react-i18next";
import { LeavesBadge } from "@/components/title/LeavesBadge";
import { Button } from "@/components/ui/Button";
import { api, call } from "@/lib/api";
import { keys } from "@/lib/queries";
import { useMe } from "@/lib/session";
import { toast } from "@/lib/toast";
import type { TitleDetail } from "@/types/schemas";

/** The film may have to make room soon: when, and what keeps it here. The operator keeps it with one press. */
export function Leaving({ title }: { title: TitleDetail }) {
  const { t } = useTranslation();
  const me = useMe();
  if (title.id === null || title.leaves_at === null) return null;
  return (
    <div className="mt-5 flex flex-wrap items-center gap-3">
      <LeavesBadge leavesAt={title.leaves_at} isOnFilm />
      {me?.is_operator ? (
        <KeepButton id={title.id} name={title.name} />
      ) : (
        <p className="text-on-film-muted text-sm">{t("title.leaves_unless")}</p>
      )}
    </div>
  );
}

function KeepButton({ id, name }: { id: string; name: string }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const keep = useMutation({
    mutationFn: () => call(api.POST("/api/v1/titles/{title_id}/keep", { params: { path: { title_id: id } } })),
    onSuccess: () => {
      void toast(name, { description: t("title.kept") });
      void client.invalidateQueries({ queryKey: keys.title(id) });
      void client.invalidateQueries({ queryKey: keys.library });
    },
  });
  return (
    <Button variant="film" size="sm" busy={keep.isPending} onClick={() => keep.mutate()} data-testid="keep">
      <Pin aria-hidden className="size-4" />
      {t("title.keep")}
    </Button>
  );
}
