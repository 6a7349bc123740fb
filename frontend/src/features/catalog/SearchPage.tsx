import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { Clapperboard, Search, SearchX } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { PosterCard } from "@/components/title/PosterCard";
import { PosterGrid, PosterGridSkeleton } from "@/components/title/PosterGrid";
import { Button } from "@/components/ui/Button";
import { cx } from "@/components/ui/cx";
import { Input } from "@/components/ui/Field";
import { EmptyState, ErrorState } from "@/components/ui/States";
import { searchQuery } from "@/lib/queries";
import type { SearchResponse, TitleCard } from "@/types/schemas";
import type { SearchFilter } from "@/types/searches";

/** Long enough to skip the letters of a fast typist, short enough to feel immediate. */
const TYPING_PAUSE_MS = 160;

const FILTERS: Record<SearchFilter, (title: TitleCard) => boolean> = {
  all: () => true,
  ready: (title) => title.availability === "ready" || title.availability === "playable",
  requestable: (title) => title.availability === "none",
};

export function SearchPage() {
  const { t } = useTranslation();
  const { q = "", show = "all" } = useSearch({ from: "/shell/search" });
  return (
    <div className="page-x mx-auto w-full max-w-[90rem] pt-6 md:pt-10">
      <title>{`${q || t("search.heading")} · Matinee`}</title>
      <h1 className="sr-only">{t("search.heading")}</h1>
      <SearchBox />
      {q ? <Results q={q} show={show} /> : <Start />}
    </div>
  );
}

function SearchBox() {
  const { t } = useTranslation();
  const { q = "" } = useSearch({ from: "/shell/search" });
  const navigate = useNavigate({ from: "/search" });
  const [typed, setTyped] = useState(q);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => input.current?.focus(), []);
  useEffect(() => {
    const next = typed.trim();
    if (next === q) return;
    const timer = window.setTimeout(
      () => void navigate({ search: (old) => ({ ...old, q: next || undefined }), replace: true }),
      TYPING_PAUSE_MS,
    );
    return () => window.clearTimeout(timer);
  }, [typed, q, navigate]);
  return (
    <search className="relative block">
      <Search aria-hidden className="pointer-events-none absolute top-1/2 left-4 size-5 -translate-y-1/2 text-muted" />
      <Input
        ref={input}
        type="search"
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
        aria-label={t("search.label")}
        placeholder={t("search.placeholder")}
        autoComplete="off"
        spellCheck={false}
        enterKeyHint="search"
        className="h-14 pl-12 text-lg"
        data-testid="search-input"
      />
    </search>
  );
}

function Start() {
  const { t } = useTranslation();
  return <EmptyState icon={<Clapperboard aria-hidden />} title={t("search.start_title")} text={t("search.start")} />;
}

function Results({ q, show }: { q: string; show: SearchFilter }) {
  const { t } = useTranslation();
  const { data, error, isPending, isPlaceholderData, refetch } = useQuery(searchQuery(q));
  if (isPending) {
    return (
      <div className="mt-24">
        <PosterGridSkeleton />
      </div>
    );
  }
  if (error && !data) return <ErrorState error={error} onRetry={() => void refetch()} />;
  const hits = data.results.filter(FILTERS[show]);
  return (
    <div className={cx("transition-opacity", isPlaceholderData && "opacity-60")} aria-busy={isPlaceholderData}>
      <ProviderNote provider={data.provider} />
      <div className="mt-5 mb-6 flex flex-wrap items-center justify-between gap-3">
        <FilterBar show={show} />
        <p role="status" className="text-muted text-sm">
          {t("search.hits", { count: hits.length })}
        </p>
      </div>
      {hits.length === 0 && <NoHits q={q} isFiltered={data.results.length > 0} />}
      <PosterGrid>
        {hits.map((title) => (
          <PosterCard key={title.id ?? `tmdb-${title.tmdb_id}`} title={title} note={<HitNote title={title} />} />
        ))}
      </PosterGrid>
    </div>
  );
}

function HitNote({ title }: { title: TitleCard }) {
  const { t } = useTranslation();
  const isHere = title.availability === "ready" || title.availability === "playable";
  return (
    <>
      {title.year && `${title.year} · `}
      <span className={cx(isHere && "text-good")}>{t(`availability.${title.availability}`)}</span>
    </>
  );
}

function FilterBar({ show }: { show: SearchFilter }) {
  const { t } = useTranslation();
  return (
    <nav aria-label={t("search.filter")} className="flex gap-2">
      {(["all", "ready", "requestable"] as const).map((filter) => (
        <Link
          key={filter}
          to="/search"
          search={(old) => ({ ...old, show: filter === "all" ? undefined : filter })}
          replace
          aria-current={show === filter ? "true" : undefined}
          className={cx(
            "flex h-9 items-center rounded-pill border px-4 text-sm transition-colors",
            show === filter
              ? "border-accent-text font-semibold text-accent-text"
              : "border-line text-muted hover:border-edge hover:text-text",
          )}
        >
          {t(`search.${filter}`)}
        </Link>
      ))}
    </nav>
  );
}

/** Local hits alone must never look like "this is all there is". */
function ProviderNote({ provider }: { provider: SearchResponse["provider"] }) {
  const { t } = useTranslation();
  if (provider === "ok") return null;
  return (
    <p className="mt-4 rounded-card border border-line bg-surface px-4 py-3 text-muted text-sm">
      {provider === "unavailable" ? t("search.provider_unavailable") : t("search.provider_off")}
    </p>
  );
}

function NoHits({ q, isFiltered }: { q: string; isFiltered: boolean }) {
  const { t } = useTranslation();
  if (isFiltered) return <p className="py-16 text-center text-muted">{t("search.none_filtered")}</p>;
  return (
    <EmptyState icon={<SearchX aria-hidden />} title={t("search.none_title", { q })} text={t("search.none")}>
      <Button asChild variant="primary">
        <Link to="/requests/new" search={{ name: q }}>
          {t("search.request", { q })}
        </Link>
      </Button>
    </EmptyState>
  );
}
