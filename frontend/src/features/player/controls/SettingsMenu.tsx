import { Check, Settings } from "lucide-react";
import { DropdownMenu } from "radix-ui";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { usePlayer, usePlayerState } from "../context";
import { AUTO_LEVEL } from "../engine/engine";
import { RATES } from "../shortcuts";
import { NO_SUBTITLES } from "../store";
import { IconButton } from "./IconButton";

interface Choice {
  value: number;
  label: string;
}

interface ChoicesProps {
  title: string;
  value: number;
  choices: Choice[];
  onChoose: (value: number) => void;
}

function Choices({ title, value, choices, onChoose }: ChoicesProps) {
  return (
    <DropdownMenu.Group>
      <DropdownMenu.Label className="px-2 pt-2 pb-1 text-on-film-muted text-xs">{title}</DropdownMenu.Label>
      <DropdownMenu.RadioGroup value={String(value)} onValueChange={(chosen) => onChoose(Number(chosen))}>
        {choices.map((choice) => (
          <DropdownMenu.RadioItem
            key={choice.value}
            value={String(choice.value)}
            className="flex min-h-9 cursor-pointer items-center gap-2 rounded-card px-2 text-sm data-[highlighted]:bg-on-film/15"
          >
            <span className="inline-flex w-4">
              <DropdownMenu.ItemIndicator>
                <Check aria-hidden className="size-4" />
              </DropdownMenu.ItemIndicator>
            </span>
            {choice.label}
          </DropdownMenu.RadioItem>
        ))}
      </DropdownMenu.RadioGroup>
    </DropdownMenu.Group>
  );
}

function QualityChoices() {
  const { t } = useTranslation();
  const { actions } = usePlayer();
  const levels = usePlayerState((state) => state.levels);
  const level = usePlayerState((state) => state.level);
  const activeLevel = usePlayerState((state) => state.activeLevel);
  if (levels.length === 0) return null;
  const active = levels.find(({ id }) => id === activeLevel);
  const auto = level === AUTO_LEVEL && active ? t("player.auto_now", { height: active.height }) : t("player.auto");
  const byHeight = [...levels].sort((a, b) => b.height - a.height || b.kbps - a.kbps);
  return (
    <Choices
      title={t("player.quality")}
      value={level}
      onChoose={actions.setLevel}
      choices={[
        { value: AUTO_LEVEL, label: auto },
        ...byHeight.map(({ id, height, kbps }) => ({
          value: id,
          label: t("player.level", { height, mbps: (kbps / 1000).toFixed(1) }),
        })),
      ]}
    />
  );
}

function SpeedChoices() {
  const { t } = useTranslation();
  const { actions } = usePlayer();
  const rate = usePlayerState((state) => state.rate);
  const nearest = RATES.reduce((best, each) => (Math.abs(each - rate) < Math.abs(best - rate) ? each : best));
  if (!actions.can.rate) return null;
  return (
    <Choices
      title={t("player.speed")}
      value={nearest}
      onChoose={actions.setRate}
      choices={RATES.map((value) => ({ value, label: value === 1 ? t("player.normal") : `${value}×` }))}
    />
  );
}

function AudioChoices() {
  const { t } = useTranslation();
  const { actions } = usePlayer();
  const audio = usePlayerState((state) => state.audio);
  const audioId = usePlayerState((state) => state.audioId);
  if (audio.length < 2) return null;
  const choices = audio.map(({ id, name }) => ({ value: id, label: name }));
  return <Choices title={t("player.audio")} value={audioId} onChoose={actions.setAudio} choices={choices} />;
}

function SubtitleChoices() {
  const { t } = useTranslation();
  const { actions } = usePlayer();
  const subtitles = usePlayerState((state) => state.subtitles);
  const subtitleId = usePlayerState((state) => state.subtitleId);
  if (subtitles.length === 0) return null;
  const choices = subtitles.map(({ id, name }) => ({ value: id, label: name }));
  return (
    <Choices
      title={t("player.subtitles")}
      value={subtitleId}
      onChoose={actions.setSubtitle}
      choices={[{ value: NO_SUBTITLES, label: t("player.off") }, ...choices]}
    />
  );
}

/** Quality, sound, subtitles and speed in one menu; it stays open so that one can try. */
export function SettingsMenu({ onOpenChange }: { onOpenChange: (isOpen: boolean) => void }) {
  const { t } = useTranslation();
  const { stage } = usePlayer();
  const [isOpen, setOpen] = useState(false);
  const change = (next: boolean): void => {
    setOpen(next);
    onOpenChange(next);
  };
  const groups: ReactNode = (
    <>
      <QualityChoices />
      <AudioChoices />
      <SubtitleChoices />
      <SpeedChoices />
    </>
  );
  return (
    <DropdownMenu.Root open={isOpen} onOpenChange={change} modal={false}>
      <DropdownMenu.Trigger asChild>
        <IconButton icon={Settings} label={t("player.settings")} />
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal container={stage}>
        <DropdownMenu.Content
          side="top"
          align="end"
          sideOffset={8}
          collisionPadding={12}
          className="z-30 max-h-[min(26rem,60dvh)] w-56 overflow-y-auto rounded-card border border-on-film/20 bg-scrim-strong p-1.5 text-on-film shadow-float"
        >
          {groups}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}
