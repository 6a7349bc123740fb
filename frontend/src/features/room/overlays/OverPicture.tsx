import type { ReactNode } from "react";
import { cx } from "@/components/ui/cx";

const COLUMN = "flex flex-col items-center *:not-empty:mt-2";

interface OverPictureProps {
  top: ReactNode;
  bottom: ReactNode;
}

/**
 * What is said over the picture, between the header and the controls: one under the other, so that nothing covers
 * anything. Where the picture is too low for all of it, it grows over the header, never over the controls. Parts that
 * say nothing now take no room, but stay, because a screen reader tells only what appears in a part that was there.
 */
export function OverPicture({ top, bottom }: OverPictureProps) {
  return (
    <div className="pointer-events-none absolute inset-x-0 top-16 bottom-28 z-20 flex flex-col justify-end px-4">
      <div className={cx(COLUMN, "mb-auto")}>{top}</div>
      <div className={COLUMN}>{bottom}</div>
    </div>
  );
}
