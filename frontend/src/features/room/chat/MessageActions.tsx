import { type LucideIcon, Pencil, Reply, SmilePlus, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/Button";
import { randomId } from "@/lib/random-id";
import type { ChatLine } from "../feed";
import { useRoomSession, useRoomState } from "../use-room";
import { canEdit, canRemove } from "./amend";
import { useCompose } from "./compose";

interface MessageActionsProps {
  line: ChatLine;
  isPicking: boolean;
  onPick: () => void;
}

/** What one may do with a message: in the way of the keyboard always, in sight under the pointer. */
export function MessageActions({ line, isPicking, onPick }: MessageActionsProps) {
  const { t } = useTranslation();
  const you = useRoomState((state) => state.you);
  const { choose } = useCompose();
  const { name } = line;
  if (line.seq === null || line.isRemoved) return null;
  const nowMs = Date.now();
  return (
    <fieldset aria-label={t("room.message_actions", { name })} className="flex">
      {you?.can.includes("chat") && (
        <Action icon={Reply} label={t("room.reply_to", { name })} onClick={() => choose({ kind: "reply", to: line })} />
      )}
      {you?.can.includes("react") && (
        <Action icon={SmilePlus} label={t("room.react_to", { name })} isPressed={isPicking} onClick={onPick} />
      )}
      {canEdit(line, you, nowMs) && (
        <Action icon={Pencil} label={t("room.edit")} onClick={() => choose({ kind: "edit", line })} />
      )}
      {canRemove(line, you, nowMs) && <RemoveAction line={line} />}
    </fieldset>
  );
}

interface ActionProps {
  icon: LucideIcon;
  label: string;
  isPressed?: boolean;
  onClick: () => void;
}

function Action({ icon: Icon, label, isPressed, onClick }: ActionProps) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      aria-pressed={isPressed}
      onClick={onClick}
      className="inline-flex size-7 items-center justify-center rounded-card text-muted hover:bg-raised hover:text-text pointer-coarse:size-9 aria-pressed:text-accent-text"
    >
      <Icon aria-hidden className="size-4" />
    </button>
  );
}

/** Asked once more in place: words that are gone do not come back. */
function RemoveAction({ line }: { line: ChatLine }) {
  const { t } = useTranslation();
  const session = useRoomSession();
  const [isSure, setSure] = useState(false);
  if (!isSure) return <Action icon={Trash2} label={t("room.remove_message")} onClick={() => setSure(true)} />;
  return (
    <Button
      variant="danger"
      size="sm"
      className="h-7"
      ref={(element) => element?.focus()}
      onClick={() => session.tell({ t: "chat.del", cid: randomId(), seq: line.seq ?? 0 })}
      onBlur={() => setSure(false)}
    >
      {t("room.remove_message_sure")}
    </Button>
  );
}
