import { EyeOff } from "lucide-react";
import { useTranslation } from "react-i18next";
import { formatClock } from "@/lib/format";
import { useRoomSession } from "../use-room";
import { type HeldLine, reveal } from "./spoilers";

/** Stands for messages from a part of the film that is still to come. */
export function HeldNote({ held }: { held: HeldLine }) {
  const { t } = useTranslation();
  const session = useRoomSession();
  return (
    <p
      data-testid="held"
      className="my-1 flex items-center gap-2 rounded-card border border-line border-dashed px-3 py-1.5 text-muted text-xs"
    >
      <EyeOff aria-hidden className="size-4 shrink-0" />
      <span className="flex-1">{t("room.held", { count: held.keys.length, time: formatClock(held.fromS) })}</span>
      <button type="button" className="shrink-0 text-text underline" onClick={() => reveal(session.store, held.keys)}>
        {t("room.reveal")}
      </button>
    </p>
  );
}
