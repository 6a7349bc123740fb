import { cx } from "@/components/ui/cx";

/** The wordmark; links and headings around it carry the accessible name. */
export function Logo({ className }: { className?: string }) {
  return (
    <span className={cx("title inline-flex items-center gap-2 text-[1.35rem]", className)}>
      <svg
        aria-hidden="true"
        viewBox="0 0 24 24"
        className="size-6 -translate-y-px text-accent"
        fill="none"
        stroke="currentColor"
      >
        <path
          d="M3 19.5V6.6a1.3 1.3 0 0 1 2.35-.78L12 14.4l6.65-8.58A1.3 1.3 0 0 1 21 6.6v12.9"
          strokeWidth="2.8"
          strokeLinecap="round"
          strokeLinejoin="round"
        />
      </svg>
      Matinee
    </span>
  );
}
