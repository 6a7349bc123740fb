import { Link } from "@tanstack/react-router";
import { Play } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Timeline } from "@/components/request/Timeline";
import { Trouble } from "@/components/request/Trouble";
import { Picture } from "@/components/title/Picture";
import { TitleLink } from "@/components/title/TitleLink";
import { Badge } from "@/components/ui/Badge";
import { Button } from "@/components/ui/Button";
import { RequestActions } from "@/features/requests/RequestActions";
import { formatAgo } from "@/lib/format";
import { isMoving, isStopped } from "@/lib/request-state";
import type { RequestItem, RequestState } from "@/types/schemas";

function toneOf(state: RequestState): "accent" | "good" | "bad" | "neutral" {
  if (state === "ready") return "good";
  if (state === "failed" || state === "needs_attention") return "bad";
  return isMoving(state) ? "accent" : "neutral";
}

export function RequestRow({ request }: { request: RequestItem }) {
  const { t } = useTranslation();
  const { title, state } = request;
  const others = request.followers - (request.is_following ? 1 : 0);
  const hasTimeline = isMoving(state) || isStopped(state);
  return (
    <article
      className="grid grid-cols-[5.5rem_1fr] gap-x-4 gap-y-5 rounded-card border border-line bg-surface p-4 sm:grid-cols-[7.5rem_1fr] sm:gap-x-6 sm:p-6 lg:grid-cols-[8.5rem_1fr_22rem]"
      data-testid={`request-${request.id}`}
    >
      <TitleLink title={title} className="self-start rounded-card">
        <Picture title={title} kind="poster" alt={t("title.poster_of", { name: title.name })} />
      </TitleLink>
      <div className="flex min-w-0 flex-col items-start gap-3">
        <div>
          <h2 className="title text-2xl">{title.name}</h2>
          <p className="mt-1 text-muted text-sm">
            {[title.year, t("requests.asked", { ago: formatAgo(request.created_at) })].filter(Boolean).join(" · ")}
          </p>
        </div>
        <div className="flex flex-wrap gap-2">
          <span role="status">
            <Badge tone={toneOf(state)} data-testid="request-state">
              {t(`requests.state.${state}`)}
            </Badge>
          </span>
          {others > 0 && <Badge>{t("requests.waiting", { count: others })}</Badge>}
        </div>
        <Trouble request={request} />
        <div className="flex flex-wrap gap-2 pt-1">
          {(state === "ready" || request.playable) && title.id && (
            <Button asChild variant="primary">
              <Link to="/watch/$id" params={{ id: title.id }}>
                <Play aria-hidden className="size-4 fill-current" />
                {t("requests.play")}
              </Link>
            </Button>
          )}
          <RequestActions request={request} />
        </div>
      </div>
      {hasTimeline && (
        <div className="col-span-2 lg:col-span-1">
          <Timeline request={request} />
        </div>
      )}
    </article>
  );
}
