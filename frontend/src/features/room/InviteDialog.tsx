import { useQuery } from "@tanstack/react-query";
import { Check, Copy } from "lucide-react";
import { QRCodeSVG } from "qrcode.react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/Button";
import { Dialog } from "@/components/ui/Dialog";
import { Field, Input } from "@/components/ui/Field";
import { Skeleton } from "@/components/ui/Skeleton";
import { ErrorState } from "@/components/ui/States";
import { api, call } from "@/lib/api";
import { platform } from "@/platform";
import { inviteAddress } from "./invite-address";

const COPIED_SHOWN_MS = 2_000;

interface InviteDialogProps {
  roomId: string;
  isOpen: boolean;
  onOpenChange: (isOpen: boolean) => void;
}

export function InviteDialog({ roomId, isOpen, onOpenChange }: InviteDialogProps) {
  const { t } = useTranslation();
  // One link per visit is enough for everybody; it is made when somebody first wants to see it.
  const invite = useQuery({
    queryKey: ["invite", roomId],
    queryFn: () =>
      call(api.POST("/api/v1/rooms/{room_id}/invites", { params: { path: { room_id: roomId } }, body: {} })),
    enabled: isOpen,
    staleTime: Number.POSITIVE_INFINITY,
  });
  return (
    <Dialog open={isOpen} onOpenChange={onOpenChange} title={t("room.invite")} description={t("room.invite_text")}>
      {invite.isError && <ErrorState error={invite.error} onRetry={() => void invite.refetch()} />}
      {invite.isPending && <Skeleton className="h-56 w-full" />}
      {invite.data && <InviteLink url={inviteAddress(invite.data.url, window.location)} />}
    </Dialog>
  );
}

function InviteLink({ url }: { url: string }) {
  const { t } = useTranslation();
  const [isCopied, setCopied] = useState(false);
  const copy = async (): Promise<void> => {
    await platform.copyText(url);
    setCopied(true);
    window.setTimeout(() => setCopied(false), COPIED_SHOWN_MS);
  };
  return (
    <div className="flex flex-col items-center gap-5">
      <div className="rounded-card bg-on-film p-3">
        <QRCodeSVG value={url} size={176} title={t("room.invite_qr")} bgColor="transparent" />
      </div>
      <div className="w-full">
        <Field label={t("room.invite_link")}>
          {(wiring) => (
            <div className="flex gap-2">
              <Input
                {...wiring}
                data-testid="invite-link"
                readOnly
                value={url}
                onFocus={(event) => event.currentTarget.select()}
              />
              {platform.canCopy && (
                <Button variant="primary" className="h-11" onClick={() => void copy()}>
                  {isCopied ? <Check aria-hidden className="size-4" /> : <Copy aria-hidden className="size-4" />}
                  {isCopied ? t("room.copied") : t("room.copy")}
                </Button>
              )}
            </div>
          )}
        </Field>
      </div>
    </div>
  );
}
