import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { Film } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Timeline } from "@/components/request/Timeline";
import { Trouble } from "@/components/request/Trouble";
import { HeroPicture } from "@/components/title/HeroPicture";
import { Picture } from "@/components/title/Picture";
import { Skeleton } from "@/components/ui/Skeleton";
import { EmptyState, ErrorState } from "@/components/ui/States";
import { Leaving } from "@/features/catalog/Leaving";
import { TitleActions } from "@/features/catalog/TitleActions";
import { ApiError } from "@/lib/api";
import { formatRuntime } from "@/lib/format";
import { requestsQuery, titleQuery } from "@/lib/queries";
import { findRequest } from "@/lib/request-state";
import type { RequestItem, TitleDetail } from "@/types/schemas";

export function TitlePage() {
  const { t } = useTranslation();
  const { id } = useParams({ from: "/shell/title/$id" });
  const { data, error, isPending, refetch } = useQuery(titleQuery(id));
  if (isPending) return <TitleSkeleton />;
  if (data) return <TitleView title={data} />;
  if (error instanceof ApiError && error.status === 404) {
    return <EmptyState icon={<Film aria-hidden />} title={t("errors.not_found_title")} text={t("errors.not_found")} />;
  }
  return <ErrorState error={error} onRetry={() => void refetch()} />;
}

function TitleView({ title }: { title: TitleDetail }) {
  const { t } = useTranslation();
  const requests = useInfiniteQuery(requestsQuery);
  const request = findRequest(requests.data, title.id);
  const isComing = request !== undefined && title.availability !== "ready" && request.state !== "cancelled";
  return (
    <article>
      <title>{`${title.name} · Matinee`}</title>
      <div className="relative overflow-hidden bg-film">
        <HeroPicture title={title} />
        <div className="page-x relative mx-auto flex max-w-[90rem] flex-col gap-6 pt-24 pb-10 sm:flex-row sm:items-end sm:gap-10 sm:pt-32">
          <Picture
            title={title}
            kind="poster"
            isFirst
            alt={t("title.poster_of", { name: title.name })}
            className="w-36 shrink-0 shadow-float sm:w-48 lg:w-60"
          />
          <div className="min-w-0 flex-1">
            <h1 className="title text-4xl text-on-film sm:text-5xl lg:text-6xl">{title.name}</h1>
            <Facts title={title} />
            <Leaving title={title} />
            <TitleActions title={title} request={request} isRequestKnown={!requests.isPending} />
          </div>
        </div>
      </div>
      <div className="page-x mx-auto grid max-w-[90rem] gap-10 pt-10 lg:grid-cols-[minmax(0,1fr)_24rem]">
        <About title={title} />
        {isComing && <StatusPanel request={request} />}
      </div>
    </article>
  );
}

function Facts({ title }: { title: TitleDetail }) {
  const runtime = title.runtime_min ? formatRuntime(title.runtime_min) : null;
  const facts = [title.year, runtime, ...title.genres].filter(Boolean).join(" · ");
  return facts && <p className="mt-3 text-on-film-muted">{facts}</p>;
}

function About({ title }: { title: TitleDetail }) {
  const { t } = useTranslation();
  const isOtherName = title.original_name !== "" && title.original_name !== title.name;
  return (
    <div className="max-w-2xl">
      <p className={title.overview ? "text-lg leading-relaxed" : "text-muted"}>
        {title.overview || t("title.no_overview")}
      </p>
      {isOtherName && <p className="mt-4 text-muted">{t("title.original_name", { name: title.original_name })}</p>}
      {title.provider === "tmdb" && <p className="mt-8 text-muted text-xs">{t("title.tmdb")}</p>}
    </div>
  );
}

function StatusPanel({ request }: { request: RequestItem }) {
  const { t } = useTranslation();
  return (
    <section aria-label={t("title.status")} className="rounded-card border border-line bg-surface p-6">
      <h2 className="title mb-4 text-2xl">{t("title.status")}</h2>
      <Timeline request={request} />
      <div className="mt-4 empty:hidden">
        <Trouble request={request} />
      </div>
    </section>
  );
}

function TitleSkeleton() {
  const { t } = useTranslation();
  return (
    <div role="status">
      <span className="sr-only">{t("common.loading")}</span>
      <Skeleton className="h-[26rem] rounded-none md:h-[30rem]" />
      <div className="page-x mx-auto max-w-[90rem] space-y-3 pt-10">
        <Skeleton className="h-5 max-w-2xl" />
        <Skeleton className="h-5 max-w-xl" />
      </div>
    </div>
  );
}
