import { useTranslation } from "react-i18next";
import { cx } from "@/components/ui/cx";
import { formatClock } from "@/lib/format";
import { useEventText } from "../event-text";
import type { ChatLine, Line } from "../feed";
import { useRoomSession, useRoomState } from "../use-room";

interface FeedLineProps {
  line: Line;
  /** Somebody who goes on talking is not named again. */
  before: Line | null;
}

export function FeedLine({ line, before }: FeedLineProps) {
  const textOf = useEventText();
  if (line.kind === "event") {
    return <p className="py-0.5 text-center text-muted text-xs">{textOf(line.event)}</p>;
  }
  const isContinued = before?.kind === "chat" && before.by === line.by;
  return <Message line={line} isContinued={isContinued} />;
}

function Message({ line, isContinued }: { line: ChatLine; isContinued: boolean }) {
  const isOwn = useRoomState((state) => state.you?.id === line.by);
  return (
    <div className={cx("flex flex-col", isOwn ? "items-end" : "items-start", !isContinued && "mt-2")}>
      {!isContinued && (
        <p className="mb-0.5 text-muted text-xs">
          <span className="font-medium text-text">{line.name}</span>
          {line.positionS !== null && <span className="tabular-nums"> · {formatClock(line.positionS)}</span>}
        </p>
      )}
      <p
        className={cx(
          "wrap-anywhere max-w-[88%] whitespace-pre-wrap rounded-card px-3 py-1.5 text-sm",
          isOwn ? "bg-accent text-on-accent" : "bg-raised text-text",
          line.delivery !== "sent" && "opacity-70",
        )}
      >
        {line.text}
      </p>
      <DeliveryNote line={line} />
    </div>
  );
}

function DeliveryNote({ line }: { line: ChatLine }) {
  const { t } = useTranslation();
  const session = useRoomSession();
  const { delivery, failure, cid } = line;
  if (delivery === "sent") return null;
  if (delivery === "sending") return <p className="text-muted text-xs">{t("room.sending")}</p>;
  return (
    <p className="text-bad text-xs">
      {failure || t("room.not_sent")}{" "}
      <button type="button" className="underline" onClick={() => cid !== null && session.sayAgain(cid)}>
        {t("room.send_again")}
      </button>
    </p>
  );
}
