import { useTranslation } from "react-i18next";
import { EMOJIS, type Emoji } from "../feed";
import { EmojiIcon } from "./EmojiIcon";

interface ReactionStripProps {
  label: string;
  isChosen?: (emoji: Emoji) => boolean;
  onChoose: (emoji: Emoji) => void;
}

/** All that one can feel, in a row. */
export function ReactionStrip({ label, isChosen, onChoose }: ReactionStripProps) {
  const { t } = useTranslation();
  return (
    <fieldset aria-label={label} className="flex w-full max-w-80">
      {EMOJIS.map((emoji) => (
        <button
          key={emoji}
          type="button"
          aria-label={t(`room.emoji.${emoji}`)}
          title={t(`room.emoji.${emoji}`)}
          aria-pressed={isChosen?.(emoji)}
          data-testid={`emoji-${emoji}`}
          onClick={() => onChoose(emoji)}
          className="flex h-9 min-w-0 flex-1 items-center justify-center rounded-card text-muted transition-transform hover:bg-raised hover:text-accent-text active:scale-125 aria-pressed:text-accent-text"
        >
          <EmojiIcon emoji={emoji} className="size-5" />
        </button>
      ))}
    </fieldset>
  );
}
