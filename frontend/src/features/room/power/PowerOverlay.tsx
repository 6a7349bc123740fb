import { UndoButton } from "./UndoButton";
import { WishCards } from "./WishCards";

/** Over the picture, out of the way of its middle. */
export function PowerOverlay() {
  return (
    <div className="flex flex-col items-center gap-2 *:pointer-events-auto">
      <WishCards />
      <div role="status">
        <UndoButton />
      </div>
    </div>
  );
}
