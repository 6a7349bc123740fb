import { useTranslation } from "react-i18next";
import { formatBytes, formatDateTime } from "@/lib/format";
import type { StorageEvent } from "@/types/schemas";

/** What was removed or could not be written, newest first, each with its reason. */
export function StorageEvents({ events }: { events: readonly StorageEvent[] }) {
  const { t } = useTranslation();
  return (
    <section aria-labelledby="storage-events">
      <h2 id="storage-events" className="title mb-4 text-2xl">
        {t("storage.events")}
      </h2>
      {events.length === 0 && <p className="text-muted">{t("storage.no_events")}</p>}
      <ol className="flex flex-col">
        {events.map((event) => (
          <li
            key={`${event.at}-${event.title}-${event.what}`}
            className="grid gap-x-6 gap-y-1 border-line border-b py-3 text-sm sm:grid-cols-[11rem_1fr_auto]"
          >
            <time dateTime={event.at} className="text-muted tabular-nums">
              {formatDateTime(event.at)}
            </time>
            <div className="min-w-0">
              <p>{[event.title, event.what].filter(Boolean).join(" · ")}</p>
              <p className="text-muted">{event.reason}</p>
            </div>
            {event.bytes > 0 && (
              <span className="tabular-nums">{t("storage.freed", { bytes: formatBytes(event.bytes) })}</span>
            )}
          </li>
        ))}
      </ol>
    </section>
  );
}
