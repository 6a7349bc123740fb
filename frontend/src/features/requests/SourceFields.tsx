import { CircleAlert, FileUp, Magnet } from "lucide-react";
import { RadioGroup } from "radix-ui";
import { type DragEvent, type ReactNode, useId, useState } from "react";
import { type UseFormReturn, useWatch } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { cx } from "@/components/ui/cx";
import { Field, TextArea } from "@/components/ui/Field";
import type { RequestForm } from "@/features/requests/rules";

type FormProps = { form: UseFormReturn<RequestForm> };

/** A .torrent file, chosen or dropped, or a magnet link. */
export function SourceFields({ form }: FormProps) {
  const { t } = useTranslation();
  const source = useWatch({ control: form.control, name: "source" });
  return (
    <fieldset className="flex flex-col gap-4">
      <legend className="mb-2 font-medium text-sm">{t("new_request.source")}</legend>
      <RadioGroup.Root
        value={source}
        onValueChange={(next) => form.setValue("source", next === "magnet" ? "magnet" : "file")}
        aria-label={t("new_request.source")}
        className="grid grid-cols-2 gap-3"
      >
        <SourceChoice value="file" icon={<FileUp aria-hidden />} label={t("new_request.file")} />
        <SourceChoice value="magnet" icon={<Magnet aria-hidden />} label={t("new_request.magnet")} />
      </RadioGroup.Root>
      {source === "file" ? <TorrentFile form={form} /> : <MagnetLink form={form} />}
    </fieldset>
  );
}

function SourceChoice({ value, icon, label }: { value: string; icon: ReactNode; label: string }) {
  return (
    <RadioGroup.Item
      value={value}
      className="flex h-12 items-center gap-2.5 rounded-card border border-line px-4 text-muted text-sm transition-colors hover:border-edge data-[state=checked]:border-accent-text data-[state=checked]:bg-surface data-[state=checked]:font-semibold data-[state=checked]:text-text [&>svg]:size-4.5"
      data-testid={`source-${value}`}
    >
      {icon}
      {label}
    </RadioGroup.Item>
  );
}

function MagnetLink({ form }: FormProps) {
  const { t } = useTranslation();
  return (
    <Field label={t("new_request.magnet")} error={form.formState.errors.magnet?.message}>
      {(wiring) => (
        <TextArea
          {...wiring}
          {...form.register("magnet")}
          placeholder={t("new_request.magnet_placeholder")}
          spellCheck={false}
          className="break-all font-mono text-sm"
          data-testid="magnet"
        />
      )}
    </Field>
  );
}

function TorrentFile({ form }: FormProps) {
  const { t } = useTranslation();
  const id = useId();
  const [isOver, setIsOver] = useState(false);
  const file = useWatch({ control: form.control, name: "file" });
  const error = form.formState.errors.file?.message;
  const take = (files: FileList | null) => {
    const [chosen] = files ?? [];
    if (chosen) form.setValue("file", chosen, { shouldValidate: form.formState.isSubmitted });
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setIsOver(false);
    take(event.dataTransfer.files);
  };
  return (
    <div className="flex flex-col gap-1.5">
      <input
        id={id}
        type="file"
        accept=".torrent,application/x-bittorrent"
        className="peer sr-only"
        aria-invalid={error ? true : undefined}
        aria-describedby={error ? `${id}-error` : undefined}
        onChange={(event) => take(event.target.files)}
        data-testid="torrent-file"
      />
      <label
        htmlFor={id}
        onDragOver={(event) => {
          event.preventDefault();
          setIsOver(true);
        }}
        onDragLeave={() => setIsOver(false)}
        onDrop={drop}
        className={cx(
          "flex min-h-32 cursor-pointer flex-col items-center justify-center gap-2 rounded-card border border-edge border-dashed px-4 py-6 text-center text-sm transition-colors hover:bg-surface",
          "peer-focus-visible:outline-2 peer-focus-visible:outline-focus peer-focus-visible:outline-offset-2",
          isOver && "border-accent-text bg-surface",
        )}
      >
        <FileUp aria-hidden className="size-6 stroke-[1.5] text-muted" />
        {file ? (
          <>
            <span className="break-all font-semibold">
              {t("new_request.chosen", { name: file.name, size: Math.max(1, Math.round(file.size / 1000)) })}
            </span>
            <span className="text-muted underline underline-offset-4">{t("new_request.change_file")}</span>
          </>
        ) : (
          <span>{t("new_request.choose_file")}</span>
        )}
      </label>
      {error && (
        <p id={`${id}-error`} role="alert" className="flex items-center gap-1.5 text-bad text-sm">
          <CircleAlert aria-hidden className="size-4 shrink-0" />
          {error}
        </p>
      )}
    </div>
  );
}
