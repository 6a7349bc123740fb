import { useTranslation } from "react-i18next";
import { formatClock } from "@/lib/format";
import type { EventBody } from "@/types/frames.gen";
import { useRoomState } from "./use-room";

/** One line of the room's history in words: "Bob paused at 42:10". */
export function useEventText(): (event: EventBody) => string {
  const { t } = useTranslation();
  const members = useRoomState((state) => state.members);
  const nameOf = (id: string | null | undefined): string =>
    members.find((member) => member.id === id)?.name ?? t("room.somebody");
  return (event) =>
    t(event.k === "waited" && event.data?.why === "source" ? "room.event.waited_source" : `room.event.${event.k}`, {
      name: event.name ?? nameOf(event.by),
      other: nameOf(event.uid),
      title: event.data?.title ?? "",
      time: formatClock(event.position_s ?? 0),
    });
}
