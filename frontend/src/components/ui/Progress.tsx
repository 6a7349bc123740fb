import { cx } from "./cx";

type ProgressProps = {
  /** 0..1; null when something is under way and nobody knows how far. */
  value: number | null;
  label: string;
  className?: string;
};

export function Progress({ value, label, className }: ProgressProps) {
  const share = value === null ? null : Math.min(1, Math.max(0, value));
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={share === null ? undefined : Math.round(share * 100)}
      className={cx("h-1.5 overflow-hidden rounded-pill bg-line", className)}
    >
      <div
        className={cx("h-full rounded-pill bg-accent transition-[width]", share === null && "w-1/3 animate-pulse")}
        style={share === null ? undefined : { width: `${share * 100}%` }}
      />
    </div>
  );
}
