import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Plus, Ticket } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Page } from "@/components/Page";
import { Button } from "@/components/ui/Button";
import { Skeleton } from "@/components/ui/Skeleton";
import { EmptyState, ErrorState } from "@/components/ui/States";
import { RequestRow } from "@/features/requests/RequestRow";
import { requestsQuery } from "@/lib/queries";
import { useMe } from "@/lib/session";

export function RequestsPage() {
  const { t } = useTranslation();
  const me = useMe();
  const query = useInfiniteQuery(requestsQuery);
  const rows = query.data?.pages.flatMap((page) => page.results) ?? [];
  return (
    <Page title={t("requests.heading")} actions={me?.is_verified && <NewRequestButton />}>
      {query.isPending && <RowsSkeleton />}
      {query.isError && rows.length === 0 && <ErrorState error={query.error} onRetry={() => void query.refetch()} />}
      {query.isSuccess && rows.length === 0 && (
        <EmptyState icon={<Ticket aria-hidden />} title={t("requests.empty_title")} text={t("requests.empty")}>
          {me?.is_verified && <NewRequestButton />}
        </EmptyState>
      )}
      <ul className="flex flex-col gap-5">
        {rows.map((request) => (
          <li key={request.id}>
            <RequestRow request={request} />
          </li>
        ))}
      </ul>
      {query.hasNextPage && (
        <Button className="mt-6" busy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
          {t("common.show_more")}
        </Button>
      )}
    </Page>
  );
}

function NewRequestButton() {
  const { t } = useTranslation();
  return (
    <Button asChild variant="primary">
      <Link to="/requests/new" data-testid="new-request">
        <Plus aria-hidden className="size-4" />
        {t("requests.new")}
      </Link>
    </Button>
  );
}

function RowsSkeleton() {
  const { t } = useTranslation();
  return (
    <div role="status" className="flex flex-col gap-5">
      <span className="sr-only">{t("common.loading")}</span>
      <Skeleton className="h-64" />
      <Skeleton className="h-64" />
    </div>
  );
}
