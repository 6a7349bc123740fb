import { type ReactNode, useId, useRef } from "react";
import { cx } from "./cx";

type PopoverProps = {
  /** Accessible name of the button, and the button's face. */
  label: string;
  face: ReactNode;
  buttonClassName?: string;
  className?: string;
  onToggle?: (isOpen: boolean) => void;
  children: (close: () => void) => ReactNode;
  "data-testid"?: string;
};

/**
 * A panel under the right end of the header, by the browser's own popover: Escape, a click beside it and the focus order
 * are the platform's work, and no script is loaded for it.
 */
export function Popover({ label, face, buttonClassName, className, onToggle, children, ...rest }: PopoverProps) {
  const id = useId();
  const panel = useRef<HTMLDivElement>(null);
  const close = () => panel.current?.hidePopover();
  return (
    <>
      <button type="button" popoverTarget={id} aria-label={label} className={buttonClassName} {...rest}>
        {face}
      </button>
      <div
        ref={panel}
        id={id}
        popover="auto"
        onToggle={(event) => onToggle?.(event.newState === "open")}
        className={cx(
          "fixed inset-auto top-15 right-3 rounded-card border border-line bg-raised text-text shadow-float md:right-8 xl:right-14",
          className,
        )}
      >
        {children(close)}
      </div>
    </>
  );
}
