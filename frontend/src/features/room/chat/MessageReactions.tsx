import { useTranslation } from "react-i18next";
import { cx } from "@/components/ui/cx";
import { randomId } from "@/lib/random-id";
import { type ChatLine, EMOJIS, type Emoji } from "../feed";
import { useRoomSession, useRoomState } from "../use-room";
import { EmojiIcon } from "./EmojiIcon";

/** Puts one's reaction under a message, or takes it away again. */
export function useToggleReaction(line: ChatLine): { isMine: (emoji: Emoji) => boolean; toggle: (e: Emoji) => void } {
  const session = useRoomSession();
  const yourId = useRoomState((state) => state.you?.id ?? "");
  const isMine = (emoji: Emoji): boolean => (line.reactions[emoji] ?? []).includes(yourId);
  const toggle = (e: Emoji): void => {
    if (line.seq !== null) session.tell({ t: "chat.react", cid: randomId(), seq: line.seq, e, on: !isMine(e) });
  };
  return { isMine, toggle };
}

/** What people feel about a message, counted. Screen readers hear it when they come by, not whenever it changes. */
export function MessageReactions({ line }: { line: ChatLine }) {
  const { t } = useTranslation();
  const members = useRoomState((state) => state.members);
  const { isMine, toggle } = useToggleReaction(line);
  const given = EMOJIS.filter((emoji) => (line.reactions[emoji] ?? []).length > 0);
  const namesOf = (emoji: Emoji): string =>
    (line.reactions[emoji] ?? [])
      .map((id) => members.find((member) => member.id === id)?.name ?? t("room.somebody"))
      .join(", ");
  return (
    <div aria-live="off" className={cx("flex flex-wrap gap-1", given.length > 0 && "mt-1")}>
      {given.map((emoji) => {
        const count = line.reactions[emoji]?.length ?? 0;
        return (
          <button
            key={emoji}
            type="button"
            aria-pressed={isMine(emoji)}
            aria-label={t("room.reaction", { emoji: t(`room.emoji.${emoji}`), count })}
            title={namesOf(emoji)}
            data-testid={`reaction-${emoji}`}
            onClick={() => toggle(emoji)}
            className="inline-flex h-6 items-center gap-1 rounded-pill border border-line bg-surface px-2 text-muted text-xs tabular-nums hover:border-edge aria-pressed:border-accent aria-pressed:text-accent-text"
          >
            <EmojiIcon emoji={emoji} className="size-3.5" /> {count}
          </button>
        );
      })}
    </div>
  );
}
