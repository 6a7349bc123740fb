import { cx } from "./cx";

/** A quiet placeholder with the shape of what is coming, so that nothing jumps when it arrives. */
export function Skeleton({ className }: { className?: string }) {
  return <div aria-hidden className={cx("animate-pulse rounded-card bg-raised", className)} />;
}
