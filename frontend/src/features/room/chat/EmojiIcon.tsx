import { Flame, Frown, Ghost, Heart, Laugh, type LucideIcon, PartyPopper, Sparkles, ThumbsUp } from "lucide-react";
import { cx } from "@/components/ui/cx";
import type { Emoji } from "../feed";

/** Drawn, because not every machine has a font with pictures in it. */
const ICONS: Record<Emoji, LucideIcon> = {
  heart: Heart,
  laugh: Laugh,
  wow: Sparkles,
  sad: Frown,
  scared: Ghost,
  party: PartyPopper,
  fire: Flame,
  thumbs_up: ThumbsUp,
};

export function EmojiIcon({ emoji, className }: { emoji: Emoji; className?: string }) {
  const Icon = ICONS[emoji];
  return <Icon aria-hidden className={cx("shrink-0", className)} />;
}
