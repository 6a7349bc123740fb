import { Undo2 } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/Button";
import { formatClock } from "@/lib/format";
import { useRoomState } from "../use-room";
import { useCommands } from "./use-commands";
import { useRoomTick } from "./use-room-tick";
import { jumpToUndo, undoUntilMs } from "./ways";

/** For ten seconds after a jump, the way back from a slip of the finger. */
export function UndoButton() {
  const { t } = useTranslation();
  const { ways, send } = useCommands();
  const lines = useRoomState((state) => state.lines);
  const last = jumpToUndo(lines, Number.NEGATIVE_INFINITY);
  const isPossible = last !== null && ways[last.k === "switched" ? "item" : "seek"] === "command";
  const nowMs = useRoomTick(isPossible, last === null ? 0 : undoUntilMs(last));
  const jump = isPossible && nowMs !== null ? jumpToUndo(lines, nowMs) : null;
  if (jump === null) return null;
  const time = formatClock(Number(jump.data?.from_ms ?? 0) / 1000);
  const title = jump.data?.from_title;
  return (
    <Button variant="film" size="sm" title={t("power.undo")} onClick={() => send({ op: "undo" })}>
      <Undo2 aria-hidden className="size-4" />
      {t("power.undo_to", { time: title ?? time })}
    </Button>
  );
}
