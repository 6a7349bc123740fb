import { zodResolver } from "@hookform/resolvers/zod";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { Scale } from "lucide-react";
import { useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { Page } from "@/components/Page";
import { Picture } from "@/components/title/Picture";
import { Button } from "@/components/ui/Button";
import { Field, Input } from "@/components/ui/Field";
import { FormAlert } from "@/components/ui/FormAlert";
import { filmOf, type RequestForm, requestRules } from "@/features/requests/rules";
import { SourceFields } from "@/features/requests/SourceFields";
import { type Sent, sendRequest } from "@/features/requests/send-request";
import { placeErrors } from "@/lib/forms";
import { keys, titleQuery } from "@/lib/queries";
import { useMe } from "@/lib/session";
import { toast } from "@/lib/toast";
import type { TitleDetail } from "@/types/schemas";

export function NewRequestPage() {
  const { t } = useTranslation();
  const { title: titleId } = useSearch({ from: "/shell/requests/new" });
  const { data: title } = useQuery({ ...titleQuery(titleId ?? ""), enabled: titleId !== undefined });
  const isLoading = titleId !== undefined && title === undefined;
  return (
    <Page title={t("new_request.heading")} text={t("new_request.intro")}>
      <div className="grid gap-10 lg:grid-cols-[minmax(0,36rem)_20rem]">
        {!isLoading && <NewRequestForm title={title} />}
        <RightsNote />
      </div>
    </Page>
  );
}

function NewRequestForm({ title }: { title: TitleDetail | undefined }) {
  const { t } = useTranslation();
  const me = useMe();
  const search = useSearch({ from: "/shell/requests/new" });
  const onSent = useAfterSending();
  const form = useForm<RequestForm>({
    resolver: zodResolver(requestRules),
    defaultValues: {
      name: title?.name ?? search.name ?? "",
      year: String(title?.year ?? search.year ?? ""),
      source: "file",
      file: null,
      magnet: "",
    },
  });
  const { errors, isSubmitting } = form.formState;
  const isFixed = title !== undefined || search.tmdb !== undefined;
  const submit = form.handleSubmit(async (values) => {
    try {
      onSent(await sendRequest(filmOf(values, search), values));
    } catch (error) {
      form.setError("root", { message: placeErrors(form, error) ?? "" });
    }
  });
  return (
    <form onSubmit={submit} noValidate className="flex flex-col gap-6">
      <FormAlert message={errors.root?.message} />
      {isFixed ? (
        <ChosenFilm name={form.getValues("name")} year={form.getValues("year")} title={title} />
      ) : (
        <div className="grid gap-5 sm:grid-cols-[1fr_8rem]">
          <Field label={t("new_request.name")} error={errors.name?.message}>
            {(wiring) => <Input {...wiring} {...form.register("name")} autoComplete="off" data-testid="request-name" />}
          </Field>
          <Field label={t("new_request.year")} hint={t("new_request.year_hint")} error={errors.year?.message}>
            {(wiring) => <Input {...wiring} {...form.register("year")} inputMode="numeric" maxLength={4} />}
          </Field>
        </div>
      )}
      <SourceFields form={form} />
      <Button
        type="submit"
        variant="primary"
        size="lg"
        className="self-start"
        busy={isSubmitting}
        disabled={!me?.is_verified}
        data-testid="request-submit"
      >
        {t("new_request.submit")}
      </Button>
      {!me?.is_verified && <p className="text-muted text-sm">{t("unverified.needed")}</p>}
    </form>
  );
}

function useAfterSending(): (sent: Sent) => void {
  const { t } = useTranslation();
  const client = useQueryClient();
  const navigate = useNavigate();
  return ({ request, isNew }) => {
    void toast(request.title.name, { description: isNew ? t("new_request.sent") : t("new_request.already") });
    void client.invalidateQueries({ queryKey: keys.requests });
    void client.invalidateQueries({ queryKey: keys.library });
    void navigate({ to: "/requests" });
  };
}

type ChosenFilmProps = { name: string; year: string; title: TitleDetail | undefined };

function ChosenFilm({ name, year, title }: ChosenFilmProps) {
  return (
    <div className="flex items-center gap-4">
      {title && <Picture title={title} kind="poster" className="w-16 shrink-0" />}
      <p>
        <span className="title block text-2xl">{name}</span>
        <span className="text-muted">{year}</span>
      </p>
    </div>
  );
}

function RightsNote() {
  const { t } = useTranslation();
  return (
    <aside className="self-start rounded-card border border-line bg-surface p-5 text-sm">
      <Scale aria-hidden className="mb-3 size-6 stroke-[1.5] text-accent-text" />
      <p className="font-semibold">{t("new_request.rights")}</p>
      <p className="mt-1.5 text-muted">{t("new_request.rights_text")}</p>
    </aside>
  );
}
