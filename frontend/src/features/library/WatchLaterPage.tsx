import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Bookmark, X } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Page } from "@/components/Page";
import { PosterCard } from "@/components/title/PosterCard";
import { PosterGrid, PosterGridSkeleton } from "@/components/title/PosterGrid";
import { Button } from "@/components/ui/Button";
import { EmptyState, ErrorState } from "@/components/ui/States";
import { api, call } from "@/lib/api";
import { keys, watchLaterQuery } from "@/lib/queries";
import type { TitleCard } from "@/types/schemas";

export function WatchLaterPage() {
  const { t } = useTranslation();
  const { data, error, isPending, refetch } = useQuery(watchLaterQuery);
  return (
    <Page title={t("watch_later.heading")}>
      {isPending && <PosterGridSkeleton />}
      {error && !data && <ErrorState error={error} onRetry={() => void refetch()} />}
      {data?.length === 0 && (
        <EmptyState icon={<Bookmark aria-hidden />} title={t("watch_later.empty_title")} text={t("watch_later.empty")}>
          <Button asChild variant="primary">
            <Link to="/search">{t("watch_later.find")}</Link>
          </Button>
        </EmptyState>
      )}
      {data && data.length > 0 && (
        <PosterGrid>
          {data.map((title) => (
            <SavedCard key={title.id} title={title} />
          ))}
        </PosterGrid>
      )}
    </Page>
  );
}

function SavedCard({ title }: { title: TitleCard }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const remove = useMutation({
    mutationFn: (id: string) =>
      call(api.DELETE("/api/v1/watch-later/{title_id}", { params: { path: { title_id: id } } })),
    onSuccess: (_, id) => {
      client.setQueryData(watchLaterQuery.queryKey, (titles) => titles?.filter((saved) => saved.id !== id));
      void client.invalidateQueries({ queryKey: keys.library });
    },
  });
  return (
    <div className="relative">
      <PosterCard title={title} note={t(`availability.${title.availability}`)} />
      <Button
        variant="film"
        size="icon"
        className="absolute top-2 right-2 size-9"
        aria-label={t("watch_later.remove", { name: title.name })}
        busy={remove.isPending}
        onClick={() => title.id && remove.mutate(title.id)}
      >
        <X aria-hidden className="size-4" />
      </Button>
    </div>
  );
}
