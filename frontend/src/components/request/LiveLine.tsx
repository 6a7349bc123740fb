import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import { Progress } from "@/components/ui/Progress";
import { formatEta, formatShare, formatSpeed } from "@/lib/format";
import type { LiveRequest } from "@/lib/frames";
import { liveShare } from "@/lib/request-state";
import { byRung, rungName } from "@/lib/rungs";

/** "Downloading 41 % · 3.2 MB/s · 12 min left" over a bar; only what is known is said. */
export function LiveLine({ request }: { request: LiveRequest }) {
  const { t } = useTranslation();
  const share = liveShare(request);
  if (share === null) return null;
  return (
    <div className="flex flex-col gap-2">
      <p className="text-muted text-sm tabular-nums">{liveWords(t, request).join(" · ")}</p>
      <Progress value={share} label={t("requests.progress_of", { name: request.title.name })} />
    </div>
  );
}

function liveWords(t: TFunction, request: LiveRequest): string[] {
  const words = [request.progress === null ? "" : formatShare(request.progress)];
  if (request.state === "downloading" && request.bps) words.push(formatSpeed(request.bps));
  if (request.eta_s) words.push(t("requests.eta", { eta: formatEta(request.eta_s) }));
  for (const [rung, done] of Object.entries(request.rungs).sort(([a], [b]) => byRung(a, b))) {
    const name = rungName(t, rung);
    const pace = paceWords(t, request, rung);
    if (done >= 1) words.push(t("requests.rung_done", { name }));
    else words.push([t("requests.rung", { name, share: formatShare(done) }), ...pace].join(", "));
  }
  return words.filter(Boolean);
}

/** "2.3×, 4 min left" of a rendition that is being made now. */
function paceWords(t: TFunction, request: LiveRequest, rung: string): string[] {
  const live = request.live?.find(({ name }) => name === rung);
  if (!live?.speed) return [];
  const speed = t("rungs.speed", { speed: live.speed.toFixed(1) });
  return live.eta_s === null ? [speed] : [speed, t("rungs.left", { eta: formatEta(live.eta_s) })];
}
