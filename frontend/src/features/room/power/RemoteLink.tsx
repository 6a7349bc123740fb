import { Link } from "@tanstack/react-router";
import { Smartphone } from "lucide-react";
import { QRCodeSVG } from "qrcode.react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/Button";
import { Dialog } from "@/components/ui/Dialog";
import { useRoomState } from "../use-room";

/**
 * The way to the remote: on this device, or by a code for another one on which the same person is signed in.
 * A guest is known to this device alone.
 */
export function RemoteLink() {
  const { t } = useTranslation();
  const roomId = useRoomState((state) => state.room?.id ?? "");
  const isGuest = useRoomState((state) => state.you?.guest ?? true);
  const [isOpen, setOpen] = useState(false);
  const address = `${window.location.origin}/room/${roomId}/remote`;
  if (isGuest) {
    return (
      <div className="px-4 pt-4">
        <Button variant="ghost" size="sm" asChild>
          <Link to="/room/$id/remote" params={{ id: roomId }}>
            <Smartphone aria-hidden className="size-4" />
            {t("power.remote_this")}
          </Link>
        </Button>
      </div>
    );
  }
  return (
    <div className="px-4 pt-4">
      <Button variant="ghost" size="sm" onClick={() => setOpen(true)}>
        <Smartphone aria-hidden className="size-4" />
        {t("power.use_remote")}
      </Button>
      <Dialog open={isOpen} onOpenChange={setOpen} title={t("power.use_remote")} description={t("power.remote_how")}>
        <div className="flex flex-col items-center gap-5">
          <div className="rounded-card bg-on-film p-3">
            <QRCodeSVG value={address} size={176} title={t("power.remote_qr")} bgColor="transparent" />
          </div>
          <Button asChild>
            <Link to="/room/$id/remote" params={{ id: roomId }}>
              {t("power.remote_here")}
            </Link>
          </Button>
        </div>
      </Dialog>
    </div>
  );
}
