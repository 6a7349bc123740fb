import { cx } from "./cx";

/** The first letters of a name; the name itself always stands beside it or in a label. */
export function Avatar({ name, className }: { name: string; className?: string }) {
  const letters = name
    .split(/\s+/)
    .filter(Boolean)
    .slice(0, 2)
    .map((part) => part[0]?.toUpperCase())
    .join("");
  return (
    <span
      aria-hidden
      data-letters={letters || "?"}
      className={cx(
        // Drawn, not written: letters in the text would become part of the name of the button around them.
        "before:content-[attr(data-letters)]",
        "inline-flex size-8 shrink-0 items-center justify-center rounded-pill border border-line bg-raised font-semibold text-text text-xs",
        className,
      )}
    />
  );
}
