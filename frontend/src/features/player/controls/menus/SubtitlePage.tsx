import { Trash2, Upload } from "lucide-react";
import { DropdownMenu } from "radix-ui";
import { useTranslation } from "react-i18next";
import { ApiError } from "@/lib/api";
import { useMe } from "@/lib/session";
import { toastError } from "@/lib/toast";
import { type OwnSubtitlesHandle, usePlayer, usePlayerState } from "../../context";
import { OFFSET_STEPS_MS } from "../../shortcuts";
import { removeSubtitles } from "../../tracks/subtitle-api";
import { formatOffset, formatStep } from "../../tracks/subtitle-choice";
import { Choices, MenuAction, MenuPage } from "./Menu";

const STEPS_MS = [-OFFSET_STEPS_MS.large, -OFFSET_STEPS_MS.small, OFFSET_STEPS_MS.small, OFFSET_STEPS_MS.large];

/** Which subtitles, how much earlier or later, and the way to bring one's own. */
export function SubtitlePage({ onBack }: { onBack: () => void }) {
  const { t } = useTranslation();
  const { actions, own } = usePlayer();
  const me = useMe();
  const subtitles = usePlayerState((state) => state.subtitles);
  const subtitleId = usePlayerState((state) => state.subtitleId);
  const chosen = subtitles.find(({ id }) => id === subtitleId);
  const tracks = subtitles.map(({ id, name, isForced, isUploaded }) => {
    const note = isUploaded ? t("player.subtitle_uploaded") : isForced ? t("player.subtitle_forced") : "";
    return { value: id, label: name, note };
  });
  return (
    <MenuPage title={t("player.subtitles")} onBack={onBack}>
      <Choices<string | null>
        label={t("player.subtitles")}
        value={subtitleId}
        onChoose={actions.setSubtitle}
        choices={[{ value: null, label: t("player.off"), note: "" }, ...tracks]}
      />
      {subtitleId !== null && <Timing />}
      {own !== null && (
        <>
          <DropdownMenu.Separator className="my-1 h-px bg-on-film/20" />
          {chosen && (chosen.isMine || (chosen.isUploaded && me?.is_operator)) && (
            <RemoveOwn id={chosen.id} own={own} />
          )}
          <MenuAction onChoose={actions.toggleUpload} testId="upload-subtitles">
            <Upload aria-hidden className="size-4" />
            {t("player.upload.open")}
          </MenuAction>
        </>
      )}
    </MenuPage>
  );
}

function RemoveOwn({ id, own }: { id: string; own: OwnSubtitlesHandle }) {
  const { t } = useTranslation();
  const { actions } = usePlayer();
  const remove = async (): Promise<void> => {
    actions.setSubtitle(null);
    const problem = await removeSubtitles(id).catch((error: unknown) => error);
    if (problem instanceof ApiError) void toastError(problem.message);
    await own.refresh();
  };
  return (
    <MenuAction onChoose={() => void remove()}>
      <Trash2 aria-hidden className="size-4" />
      {t("player.upload.remove")}
    </MenuAction>
  );
}

function Timing() {
  const { t } = useTranslation();
  const { actions } = usePlayer();
  const offsetMs = usePlayerState((state) => state.subtitleOffsetMs);
  return (
    <DropdownMenu.Group aria-label={t("player.timing")} className="mt-1 border-on-film/20 border-t pt-1">
      <div aria-hidden className="flex min-h-8 items-center justify-between px-2 text-sm">
        <span>{t("player.timing")}</span>
        <span data-testid="timing" className="tabular-nums">
          {formatOffset(offsetMs)}
        </span>
      </div>
      <div className="grid grid-cols-4 gap-1">
        {STEPS_MS.map((step) => (
          <MenuAction
            key={step}
            staysOpen
            label={t(step < 0 ? "player.earlier_by" : "player.later_by", { step: formatStep(step).slice(1) })}
            onChoose={() => actions.shiftSubtitles(step)}
            className="justify-center whitespace-nowrap border border-on-film/20 px-0 text-xs tabular-nums"
          >
            {formatStep(step)}
          </MenuAction>
        ))}
      </div>
    </DropdownMenu.Group>
  );
}
