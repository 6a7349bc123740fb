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
    t(`room.event.${wordOf(event)}`, {
      name: event.name ?? nameOf(event.by),
      title: event.data?.title ?? "",
      other: event.data?.name ?? nameOf(event.uid),
      time: formatClock(event.position_s ?? 0),
    });
}

function wordOf({ k, by, uid, data }: EventBody): EventBody["k"] | "hosting_back" | "next_gone" | "waited_source" {
  if (k === "hosting" && uid == null) return "hosting_back";
  if (k === "next_declined" && by == null) return "next_gone";
  return k === "waited" && data?.why === "source" ? "waited_source" : k;
}
