import type { ReactNode } from "react";

/** What is said over the picture, just above the controls: one under the other, so that nothing covers anything. */
export function FootNotes({ children }: { children: ReactNode }) {
  return (
    <div className="pointer-events-none absolute inset-x-0 bottom-28 z-20 flex flex-col items-center gap-2 px-4">
      {children}
    </div>
  );
}
