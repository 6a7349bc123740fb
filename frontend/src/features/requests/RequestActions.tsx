import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/Button";
import { Dialog } from "@/components/ui/Dialog";
import { DeclineDialog } from "@/features/requests/DeclineDialog";
import { api, call } from "@/lib/api";
import { keys } from "@/lib/queries";
import { canCancel, canRetry, isMoving } from "@/lib/request-state";
import { useMe } from "@/lib/session";
import type { RequestItem } from "@/types/schemas";

type Move = "cancel" | "retry" | "unfollow" | "approve";

/** What this person can do with this request now. The answer also arrives on the socket; both lead to the same row. */
export function RequestActions({ request }: { request: RequestItem }) {
  const { t } = useTranslation();
  const me = useMe();
  const [asking, setAsking] = useState<"cancel" | "decline" | null>(null);
  const move = useMove(request.id);
  const isApprover = Boolean(me?.is_operator) && request.state === "pending_approval";
  const canLeave = request.is_following && !request.is_requester && isMoving(request.state);
  return (
    <>
      {isApprover && (
        <>
          <Button variant="primary" busy={move.isPending} onClick={() => move.mutate("approve")}>
            {t("requests.approve")}
          </Button>
          <Button onClick={() => setAsking("decline")}>{t("requests.decline")}</Button>
        </>
      )}
      {canRetry(request) && (
        <Button variant="primary" busy={move.isPending} onClick={() => move.mutate("retry")} data-testid="retry">
          {t("requests.retry")}
        </Button>
      )}
      {canCancel(request) && (
        <Button onClick={() => setAsking("cancel")} data-testid="cancel">
          {t("requests.cancel")}
        </Button>
      )}
      {canLeave && (
        <Button busy={move.isPending} onClick={() => move.mutate("unfollow")}>
          {t("requests.unfollow")}
        </Button>
      )}
      <Dialog
        open={asking === "cancel"}
        onOpenChange={(open) => setAsking(open ? "cancel" : null)}
        title={t("requests.cancel_title", { name: request.title.name })}
        description={t("requests.cancel_text")}
      >
        <div className="flex flex-wrap justify-end gap-3">
          <Button onClick={() => setAsking(null)}>{t("requests.keep")}</Button>
          <Button
            variant="danger"
            busy={move.isPending}
            onClick={() => move.mutate("cancel", { onSettled: () => setAsking(null) })}
            data-testid="cancel-confirm"
          >
            {t("requests.cancel_confirm")}
          </Button>
        </div>
      </Dialog>
      <DeclineDialog request={request} open={asking === "decline"} onClose={() => setAsking(null)} />
    </>
  );
}

function useMove(id: string) {
  const client = useQueryClient();
  const params = { params: { path: { acquisition_id: id } } };
  const send = {
    cancel: () => call(api.POST("/api/v1/requests/{acquisition_id}/cancel", params)),
    retry: () => call(api.POST("/api/v1/requests/{acquisition_id}/retry", params)),
    unfollow: () => call(api.POST("/api/v1/requests/{acquisition_id}/unfollow", params)),
    approve: () => call(api.POST("/api/v1/requests/{acquisition_id}/approve", params)),
  };
  return useMutation({
    mutationFn: async (move: Move) => {
      await send[move]();
    },
    onSettled: () => client.invalidateQueries({ queryKey: keys.requests }),
  });
}
