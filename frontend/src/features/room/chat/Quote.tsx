import { useTranslation } from "react-i18next";
import type { ChatLine } from "../feed";

/** What a message answers; a click goes there. */
export function Quote({ quoted }: { quoted: ChatLine | null }) {
  const { t } = useTranslation();
  const look = "mb-1 block w-full min-w-0 border-current border-l-2 pl-2 text-left text-xs opacity-80";
  if (quoted === null) return <p className={look}>{t("room.earlier_message")}</p>;
  return (
    <button
      type="button"
      data-testid="quote"
      aria-label={t("room.go_to_message", { name: quoted.name })}
      onClick={() => goTo(quoted.seq)}
      className={look}
    >
      <span className="block font-medium">{quoted.name}</span>
      <span className="line-clamp-2">{quoted.isRemoved ? t("room.message_removed") : quoted.text}</span>
    </button>
  );
}

/** Focus goes along, so that the keyboard and the screen reader are there too. */
function goTo(seq: number | null): void {
  const message = document.getElementById(`message-${seq}`);
  message?.scrollIntoView({ block: "nearest" });
  message?.focus({ preventScroll: true });
}
