import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { CalendarPlus } from "lucide-react";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/Button";
import { Dialog } from "@/components/ui/Dialog";
import { Field, Input, TextArea } from "@/components/ui/Field";
import { FormAlert } from "@/components/ui/FormAlert";
import { ApiError, api, call } from "@/lib/api";
import { keys } from "@/lib/queries";

/** A party for later: a time, and addresses that get one mail with an invite and a file for their calendar. */
export function PlanParty({ titleId, isVerified }: { titleId: string; isVerified: boolean }) {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button
        variant="film"
        size="lg"
        disabled={!isVerified}
        title={isVerified ? undefined : t("unverified.needed")}
        onClick={() => setOpen(true)}
        data-testid="plan-party"
      >
        <CalendarPlus aria-hidden className="size-5" />
        {t("plan.open")}
      </Button>
      <Dialog open={isOpen} onOpenChange={setOpen} title={t("plan.heading")} description={t("plan.text")}>
        <PlanForm titleId={titleId} />
      </Dialog>
    </>
  );
}

function PlanForm({ titleId }: { titleId: string }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const navigate = useNavigate();
  const [when, setWhen] = useState("");
  const [addresses, setAddresses] = useState("");
  const plan = useMutation({
    mutationFn: () => {
      const body = { title_id: titleId, starts_at: new Date(when).toISOString(), emails: addressesIn(addresses) };
      return call(api.POST("/api/v1/rooms", { body }));
    },
    onSuccess: async (room) => {
      void client.invalidateQueries({ queryKey: keys.rooms });
      await navigate({ to: "/room/$id", params: { id: room.id } });
    },
  });
  const problem = plan.error instanceof ApiError ? plan.error : null;
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (when !== "") plan.mutate();
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-5">
      <FormAlert message={plan.isError ? (problem?.message ?? t("errors.unexpected")) : null} />
      <Field label={t("plan.when")} hint={t("plan.when_hint")} error={problem?.fields.starts_at}>
        {(wiring) => (
          <Input
            {...wiring}
            type="datetime-local"
            required
            data-testid="plan-when"
            value={when}
            onChange={(event) => setWhen(event.currentTarget.value)}
          />
        )}
      </Field>
      <Field label={t("plan.emails")} hint={t("plan.emails_hint")} error={problem?.fields.emails}>
        {(wiring) => (
          <TextArea
            {...wiring}
            data-testid="plan-emails"
            value={addresses}
            onChange={(event) => setAddresses(event.currentTarget.value)}
          />
        )}
      </Field>
      <Button type="submit" variant="primary" busy={plan.isPending} className="self-start" data-testid="plan-submit">
        {t("plan.submit")}
      </Button>
    </form>
  );
}

/** However people separate them: commas, semicolons, blanks, lines. */
export function addressesIn(text: string): string[] {
  return text.split(/[\s,;]+/).filter((part) => part !== "");
}
