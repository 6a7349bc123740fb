import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/Button";
import { Dialog } from "@/components/ui/Dialog";
import { Field, TextArea } from "@/components/ui/Field";
import { api, call } from "@/lib/api";
import { keys } from "@/lib/queries";
import type { RequestItem } from "@/types/schemas";

type DeclineDialogProps = { request: RequestItem; open: boolean; onClose: () => void };

/** A refusal needs a reason, because people read it. */
export function DeclineDialog({ request, open, onClose }: DeclineDialogProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [reason, setReason] = useState("");
  const decline = useMutation({
    mutationFn: () =>
      call(
        api.POST("/api/v1/requests/{acquisition_id}/decline", {
          params: { path: { acquisition_id: request.id } },
          body: { reason: reason.trim() },
        }),
      ),
    onSuccess: onClose,
    onSettled: () => client.invalidateQueries({ queryKey: keys.requests }),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    decline.mutate();
  };
  return (
    <Dialog
      open={open}
      onOpenChange={(next) => !next && onClose()}
      title={t("requests.decline_title", { name: request.title.name })}
    >
      <form onSubmit={submit} className="flex flex-col gap-5">
        <Field label={t("requests.decline_reason")} hint={t("requests.decline_hint")}>
          {(wiring) => (
            <TextArea {...wiring} required value={reason} onChange={(event) => setReason(event.target.value)} />
          )}
        </Field>
        <div className="flex justify-end gap-3">
          <Button onClick={onClose}>{t("common.cancel")}</Button>
          <Button type="submit" variant="danger" busy={decline.isPending} disabled={!reason.trim()}>
            {t("requests.decline")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
