import { useMutation } from "@tanstack/react-query";
import { DoorClosed } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/Button";
import { api, call } from "@/lib/api";
import { useRoomState } from "../use-room";

/** The owner ends the party for everybody; asked once more in place. The server's goodbye then ends the visit. */
export function CloseRoom() {
  const { t } = useTranslation();
  const roomId = useRoomState((state) => state.room?.id ?? "");
  const [isSure, setSure] = useState(false);
  const close = useMutation({
    mutationFn: () => call(api.POST("/api/v1/rooms/{room_id}/close", { params: { path: { room_id: roomId } } })),
  });
  return (
    <div className="flex flex-wrap gap-2 px-4 py-4">
      {isSure ? (
        <>
          <Button variant="danger" size="sm" busy={close.isPending} onClick={() => close.mutate()}>
            {t("room.close_sure")}
          </Button>
          <Button size="sm" onClick={() => setSure(false)}>
            {t("room.keep_open")}
          </Button>
        </>
      ) : (
        <Button variant="ghost" size="sm" onClick={() => setSure(true)}>
          <DoorClosed aria-hidden className="size-4" />
          {t("room.close")}
        </Button>
      )}
    </div>
  );
}
