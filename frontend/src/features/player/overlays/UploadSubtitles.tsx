import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/Button";
import { Dialog } from "@/components/ui/Dialog";
import { Field, Input, Select } from "@/components/ui/Field";
import { FormAlert } from "@/components/ui/FormAlert";
import { ApiError } from "@/lib/api";
import { type OwnSubtitlesHandle, usePlayer, usePlayerState } from "../context";
import { guessLanguage, languageChoices } from "../tracks/languages";
import { type OwnSubtitles, uploadSubtitles } from "../tracks/subtitle-api";
import { faultOf } from "../tracks/upload-rules";

export function UploadSubtitles({ own }: { own: OwnSubtitlesHandle }) {
  const { t } = useTranslation();
  const { actions, stage } = usePlayer();
  const isOpen = usePlayerState((state) => state.isUploadOpen);
  return (
    <Dialog
      open={isOpen}
      onOpenChange={actions.closeUpload}
      title={t("player.upload.title")}
      description={t("player.upload.text")}
      container={stage}
    >
      <UploadForm own={own} />
    </Dialog>
  );
}

function UploadForm({ own }: { own: OwnSubtitlesHandle }) {
  const { t } = useTranslation();
  const { actions } = usePlayer();
  const [file, setFile] = useState<File | null>(null);
  const [language, setLanguage] = useState("");
  const [label, setLabel] = useState("");
  const [isTried, setTried] = useState(false);
  const send = useMutation({
    mutationFn: async (wish: OwnSubtitles) => {
      const added = await uploadSubtitles(own.titleId, wish);
      await own.refresh();
      return added;
    },
    onSuccess: ({ id }) => {
      actions.setSubtitle(id);
      actions.closeUpload();
    },
    meta: { isShownInPlace: true },
  });
  const refused = send.error instanceof ApiError ? send.error : null;
  const fault = faultOf(file);
  const fileError = (isTried || file !== null) && fault ? t(`player.upload.${fault}`) : refused?.fields.file;
  const languageError = isTried && language === "" ? t("player.upload.language_missing") : refused?.fields.language;

  const take = (chosen: File | null): void => {
    send.reset();
    setFile(chosen);
    if (chosen) setLanguage(guessLanguage(chosen.name) ?? language);
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setTried(true);
    if (file !== null && fault === null && language !== "") send.mutate({ file, language, label: label.trim() });
  };

  return (
    <form onSubmit={submit} noValidate className="flex flex-col gap-4">
      <Field label={t("player.upload.file")} hint={t("player.upload.file_hint")} error={fileError}>
        {(wiring) => (
          <Input
            {...wiring}
            type="file"
            accept=".srt,.ass,.ssa,.vtt"
            onChange={(event) => take(event.currentTarget.files?.[0] ?? null)}
            className="py-2 text-sm file:mr-3 file:rounded-card file:border-0 file:bg-raised file:px-3 file:py-1 file:text-text"
            data-testid="subtitle-file"
          />
        )}
      </Field>
      <LanguageField value={language} onChange={setLanguage} error={languageError} />
      <Field label={t("player.upload.label")} hint={t("player.upload.label_hint")} error={refused?.fields.label}>
        {(wiring) => (
          <Input {...wiring} value={label} maxLength={80} onChange={(event) => setLabel(event.currentTarget.value)} />
        )}
      </Field>
      {refused && Object.keys(refused.fields).length === 0 && <FormAlert message={refused.message} />}
      <div className="flex justify-end gap-3">
        <Button onClick={actions.closeUpload}>{t("common.cancel")}</Button>
        <Button type="submit" variant="primary" busy={send.isPending} data-testid="subtitle-submit">
          {t("player.upload.submit")}
        </Button>
      </div>
    </form>
  );
}

interface LanguageFieldProps {
  value: string;
  onChange: (language: string) => void;
  error: string | undefined;
}

function LanguageField({ value, onChange, error }: LanguageFieldProps) {
  const { t, i18n } = useTranslation();
  const languages = useMemo(() => languageChoices(i18n.language), [i18n.language]);
  return (
    <Field label={t("player.upload.language")} error={error}>
      {(wiring) => (
        <Select
          {...wiring}
          value={value}
          onChange={(event) => onChange(event.currentTarget.value)}
          data-testid="subtitle-language"
        >
          <option value="">{t("player.upload.language_unknown")}</option>
          {languages.map(({ code, name }) => (
            <option key={code} value={code}>
              {name}
            </option>
          ))}
        </Select>
      )}
    </Field>
  );
}
