import { UndoButton } from "./UndoButton";
import { WishCards } from "./WishCards";

/** Over the picture, out of the way of its middle. */
export function PowerOverlay() {
  return (
    <>
      <WishCards />
      <div role="status" className="pointer-events-auto">
        <UndoButton />
      </div>
    </>
  );
}
