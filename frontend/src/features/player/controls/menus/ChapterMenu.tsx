import { List } from "lucide-react";
import { useTranslation } from "react-i18next";
import { formatClock } from "@/lib/format";
import { usePlayer, usePlayerState } from "../../context";
import { chapterAt } from "../../tracks/chapters";
import { Choices, Menu } from "./Menu";

/** The parts of the film by name; only where there is more than one. */
export function ChapterMenu({ onOpenChange }: { onOpenChange: (isOpen: boolean) => void }) {
  const { t } = useTranslation();
  const { actions } = usePlayer();
  const chapters = usePlayerState((state) => state.chapters);
  const current = usePlayerState((state) => chapterAt(state.chapters, state.time)?.start ?? -1);
  if (chapters.length < 2 || !actions.can.seek) return null;
  return (
    <Menu icon={List} label={t("player.chapters")} testId="chapters" onOpenChange={onOpenChange}>
      <Choices
        label={t("player.chapters")}
        value={current}
        onChoose={actions.seek}
        choices={chapters.map(({ start, title }, index) => ({
          value: start,
          label: title || t("player.chapter", { number: index + 1 }),
          note: formatClock(start),
        }))}
      />
    </Menu>
  );
}
