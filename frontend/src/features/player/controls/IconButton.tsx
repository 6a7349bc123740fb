import type { LucideIcon } from "lucide-react";
import type { ComponentProps } from "react";
import { cx } from "@/components/ui/cx";

type IconButtonProps = ComponentProps<"button"> & { icon: LucideIcon; label: string };

/** A control over the picture: 40 px to press, a name for those who do not see the icon. */
export function IconButton({ icon: Icon, label, className, ...rest }: IconButtonProps) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      className={cx(
        "inline-flex size-10 shrink-0 items-center justify-center rounded-card text-on-film",
        "hover:bg-on-film/15 disabled:cursor-not-allowed disabled:opacity-45 aria-pressed:text-accent",
        className,
      )}
      {...rest}
    >
      <Icon aria-hidden className="size-5" />
    </button>
  );
}
