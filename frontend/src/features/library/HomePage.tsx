import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Popcorn } from "lucide-react";
import { useTranslation } from "react-i18next";
import { PosterCard } from "@/components/title/PosterCard";
import { Shelf } from "@/components/title/Shelf";
import { Button } from "@/components/ui/Button";
import { Skeleton } from "@/components/ui/Skeleton";
import { EmptyState, ErrorState } from "@/components/ui/States";
import { ComingShelf } from "@/features/library/ComingShelf";
import { ContinueCard } from "@/features/library/ContinueCard";
import { Hero } from "@/features/library/Hero";
import { libraryQuery } from "@/lib/queries";
import type { Library } from "@/types/schemas";

export function HomePage() {
  const { t } = useTranslation();
  const { data, error, isPending, refetch } = useQuery(libraryQuery);
  return (
    <>
      <title>Matinee</title>
      <h1 className="sr-only">{t("home.heading")}</h1>
      {isPending && <HomeSkeleton />}
      {error && !data && <ErrorState error={error} onRetry={() => void refetch()} />}
      {data && <Programme library={data} />}
    </>
  );
}

function Programme({ library }: { library: Library }) {
  const { t } = useTranslation();
  const { continue_watching, ready, coming, watch_later } = library;
  // What stands on a shelf above does not need a second place under "New".
  const shown = new Set([...ready, ...coming].map((title) => title.id));
  const fresh = library.new.filter((title) => !shown.has(title.id));
  const isEmpty = [continue_watching, ready, coming, watch_later, fresh].every((shelf) => shelf.length === 0);
  if (isEmpty) return <DarkScreen />;
  return (
    <>
      <Hero library={library} />
      {continue_watching.length > 0 && (
        <Shelf name={t("home.continue_watching")} kind="stills">
          {continue_watching.map((item) => (
            <ContinueCard key={item.title.id} item={item} />
          ))}
        </Shelf>
      )}
      <PosterShelf name={t("home.ready")} titles={ready} />
      <ComingShelf titles={coming} />
      <PosterShelf name={t("home.watch_later")} titles={watch_later} />
      <PosterShelf name={t("home.new")} titles={fresh} />
    </>
  );
}

function PosterShelf({ name, titles }: { name: string; titles: Library["ready"] }) {
  if (titles.length === 0) return null;
  return (
    <Shelf name={name}>
      {titles.map((title) => (
        <PosterCard key={title.id ?? title.tmdb_id} title={title} />
      ))}
    </Shelf>
  );
}

function DarkScreen() {
  const { t } = useTranslation();
  return (
    <EmptyState icon={<Popcorn aria-hidden />} title={t("home.empty_title")} text={t("home.empty")}>
      <Button asChild variant="primary">
        <Link to="/requests/new">{t("home.empty_action")}</Link>
      </Button>
    </EmptyState>
  );
}

const SKELETON_CARDS = ["a", "b", "c", "d", "e", "f", "g", "h"];

/** The same boxes as the real page, so that nothing moves when the films arrive. */
function HomeSkeleton() {
  const { t } = useTranslation();
  return (
    <div role="status">
      <span className="sr-only">{t("common.loading")}</span>
      <Skeleton className="h-[26rem] rounded-none md:h-[30rem]" />
      {[0, 1].map((shelf) => (
        <div key={shelf} className="page-x mt-10">
          <Skeleton className="h-10 w-48" />
          <div className="mt-3.5 flex gap-4 overflow-hidden">
            {SKELETON_CARDS.map((card) => (
              <Skeleton key={card} className="aspect-2/3 w-[8.75rem] shrink-0 sm:w-40 xl:w-44" />
            ))}
          </div>
        </div>
      ))}
    </div>
  );
}
