import { Settings } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { usePlayer, usePlayerState } from "../../context";
import { RATES } from "../../shortcuts";
import { Choices, Menu, MenuLink, MenuPage } from "./Menu";
import { SubtitlePage } from "./SubtitlePage";
import { useAudioChoices, useLevelChoices } from "./use-choices";

type PageName = "quality" | "audio" | "subtitles" | "speed" | "reasons";

/** Quality, sound, subtitles and speed: one line each that says what is chosen, and a page behind it. Last, why they are so. */
export function SettingsMenu({ onOpenChange }: { onOpenChange: (isOpen: boolean) => void }) {
  const { t } = useTranslation();
  const [page, setPage] = useState<PageName | null>(null);
  const change = (isOpen: boolean): void => {
    if (isOpen) setPage(null);
    onOpenChange(isOpen);
  };
  return (
    <Menu icon={Settings} label={t("player.settings")} testId="settings" onOpenChange={change}>
      {page === null ? <Overview onOpen={setPage} /> : <Page name={page} onBack={() => setPage(null)} />}
    </Menu>
  );
}

function Overview({ onOpen }: { onOpen: (page: PageName) => void }) {
  const { t } = useTranslation();
  const { actions } = usePlayer();
  const rate = usePlayerState((state) => nearestRate(state.rate));
  const levels = useLevelChoices();
  const level = usePlayerState((state) => state.level);
  const audio = useAudioChoices();
  const audioId = usePlayerState((state) => state.audioId);
  const subtitle = usePlayerState(({ subtitles, subtitleId }) => subtitles.find(({ id }) => id === subtitleId)?.name);
  const reasons = usePlayerState((state) => state.reasons.length);
  const nameOf = <T,>(choices: readonly { value: T; label: string }[], value: T): string =>
    choices.find((choice) => choice.value === value)?.label ?? "";
  return (
    <>
      {levels.length > 1 && (
        <MenuLink label={t("player.quality")} value={nameOf(levels, level)} onOpen={() => onOpen("quality")} />
      )}
      {audio.length > 1 && (
        <MenuLink label={t("player.audio")} value={nameOf(audio, audioId)} onOpen={() => onOpen("audio")} />
      )}
      <MenuLink label={t("player.subtitles")} value={subtitle ?? t("player.off")} onOpen={() => onOpen("subtitles")} />
      {actions.can.rate && (
        <MenuLink
          label={t("player.speed")}
          value={rate === 1 ? t("player.normal") : `${rate}×`}
          onOpen={() => onOpen("speed")}
        />
      )}
      {reasons > 0 && <MenuLink label={t("player.reasons")} value="" onOpen={() => onOpen("reasons")} />}
    </>
  );
}

function Page({ name, onBack }: { name: PageName; onBack: () => void }) {
  switch (name) {
    case "quality":
      return <QualityPage onBack={onBack} />;
    case "audio":
      return <AudioPage onBack={onBack} />;
    case "subtitles":
      return <SubtitlePage onBack={onBack} />;
    case "speed":
      return <SpeedPage onBack={onBack} />;
    case "reasons":
      return <ReasonsPage onBack={onBack} />;
  }
}

function QualityPage({ onBack }: { onBack: () => void }) {
  const { t } = useTranslation();
  const { actions } = usePlayer();
  const level = usePlayerState((state) => state.level);
  const choices = useLevelChoices();
  return (
    <MenuPage title={t("player.quality")} onBack={onBack}>
      <Choices label={t("player.quality")} value={level} onChoose={actions.setLevel} choices={choices} />
    </MenuPage>
  );
}

function AudioPage({ onBack }: { onBack: () => void }) {
  const { t } = useTranslation();
  const { actions } = usePlayer();
  const audioId = usePlayerState((state) => state.audioId);
  const choices = useAudioChoices();
  return (
    <MenuPage title={t("player.audio")} onBack={onBack}>
      <Choices label={t("player.audio")} value={audioId} onChoose={actions.setAudio} choices={choices} />
    </MenuPage>
  );
}

/** A room's fine correction of the speed is not one that anybody chose. */
function nearestRate(rate: number): number {
  return RATES.reduce<number>((best, each) => (Math.abs(each - rate) < Math.abs(best - rate) ? each : best), 1);
}

/** What the server copied and what it made anew, and why. */
function ReasonsPage({ onBack }: { onBack: () => void }) {
  const { t } = useTranslation();
  const reasons = usePlayerState((state) => state.reasons);
  return (
    <MenuPage title={t("player.reasons")} onBack={onBack}>
      <ul aria-label={t("player.reasons")} className="flex flex-col gap-2 px-2 py-1 text-sm">
        {reasons.map((reason) => (
          <li key={reason}>{reason}</li>
        ))}
      </ul>
    </MenuPage>
  );
}

function SpeedPage({ onBack }: { onBack: () => void }) {
  const { t } = useTranslation();
  const { actions } = usePlayer();
  const rate = usePlayerState((state) => nearestRate(state.rate));
  const choices = RATES.map((value) => ({ value, label: value === 1 ? t("player.normal") : `${value}×` }));
  return (
    <MenuPage title={t("player.speed")} onBack={onBack}>
      <Choices label={t("player.speed")} value={rate} onChoose={actions.setRate} choices={choices} />
    </MenuPage>
  );
}
