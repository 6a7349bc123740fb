import { LoaderCircle } from "lucide-react";
import { Slot } from "radix-ui";
import type { ComponentProps } from "react";
import { cx } from "./cx";

type Variant = "primary" | "secondary" | "ghost" | "danger" | "film";
type Size = "sm" | "md" | "lg" | "icon";

export type ButtonProps = ComponentProps<"button"> & {
  variant?: Variant;
  size?: Size;
  /** Shows a spinner and refuses further presses; the label stays for screen readers. */
  busy?: boolean;
  /** Render the single child (a link, say) with the look of a button. */
  asChild?: boolean;
};

const LOOK: Record<Variant, string> = {
  primary: "bg-accent text-on-accent hover:bg-accent-hover font-semibold",
  secondary: "bg-raised text-text border border-line hover:border-edge",
  ghost: "text-text hover:bg-raised",
  danger: "bg-bad-fill text-on-bad hover:opacity-90 font-semibold",
  film: "bg-scrim-soft text-on-film hover:bg-scrim-strong border border-on-film/25",
};

const SHAPE: Record<Size, string> = {
  sm: "h-8 px-3 text-sm gap-1.5",
  md: "h-10 px-4 text-sm gap-2",
  lg: "h-12 px-6 text-base gap-2.5",
  icon: "size-10 justify-center",
};

export function Button(props: ButtonProps) {
  const { variant = "secondary", size = "md", busy = false, asChild = false, className, children, ...rest } = props;
  const look = cx(
    "inline-flex shrink-0 select-none items-center justify-center whitespace-nowrap rounded-card transition-colors",
    "disabled:cursor-not-allowed disabled:opacity-55",
    LOOK[variant],
    SHAPE[size],
    className,
  );
  if (asChild) {
    return (
      <Slot.Root className={look} {...rest}>
        {children}
      </Slot.Root>
    );
  }
  return (
    <button type="button" className={look} aria-busy={busy || undefined} {...rest} disabled={rest.disabled || busy}>
      {busy && <LoaderCircle aria-hidden className="size-4 animate-spin" />}
      {children}
    </button>
  );
}
