import { UndoButton } from "./UndoButton";
import { WishCards } from "./WishCards";

/** Over the picture, out of the way of its middle. */
export function PowerOverlay() {
  return (
    <div className="pointer-events-none absolute inset-x-0 top-28 z-20 flex flex-col items-center gap-2 px-4 *:pointer-events-auto">
      <WishCards />
      <div role="status">
        <UndoButton />
      </div>
    </div>
  );
}
