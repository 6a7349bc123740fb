import type { ReactNode } from "react";
import { cx } from "./cx";

type Tone = "neutral" | "accent" | "good" | "bad" | "film";

const LOOK: Record<Tone, string> = {
  neutral: "bg-raised text-muted border border-line",
  accent: "text-accent-text border border-accent-text/45 bg-raised",
  good: "text-good border border-good/45 bg-raised",
  bad: "text-bad border border-bad/45 bg-raised",
  film: "bg-scrim-strong text-on-film",
};

type BadgeProps = { tone?: Tone; children: ReactNode; className?: string; "data-testid"?: string };

export function Badge({ tone = "neutral", children, className, ...rest }: BadgeProps) {
  return (
    <span
      className={cx(
        "inline-flex h-6 items-center gap-1 whitespace-nowrap rounded-pill px-2.5 font-medium text-xs",
        LOOK[tone],
        className,
      )}
      {...rest}
    >
      {children}
    </span>
  );
}
