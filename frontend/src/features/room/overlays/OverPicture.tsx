import type { ReactNode } from "react";

interface OverPictureProps {
  top: ReactNode;
  bottom: ReactNode;
}

/** What is said over the picture, between the header and the controls: one under the other, so that nothing covers
 * anything, on a phone either. */
export function OverPicture({ top, bottom }: OverPictureProps) {
  return (
    <div className="pointer-events-none absolute inset-x-0 top-16 bottom-28 z-20 flex flex-col items-center justify-between gap-2 px-4">
      <div className="flex max-w-full flex-col items-center gap-2">{top}</div>
      <div className="flex w-full flex-col items-center gap-2">{bottom}</div>
    </div>
  );
}
