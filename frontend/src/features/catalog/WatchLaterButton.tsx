import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Bookmark, BookmarkCheck } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/Button";
import { api, call } from "@/lib/api";
import { keys, watchLaterQuery } from "@/lib/queries";
import { toast } from "@/lib/toast";

export function WatchLaterButton({ id, name }: { id: string; name: string }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { data: saved } = useQuery(watchLaterQuery);
  const isSaved = saved?.some((title) => title.id === id) ?? false;
  const toggle = useMutation({
    mutationFn: (add: boolean) => {
      const target = { params: { path: { title_id: id } } };
      return call(
        add ? api.PUT("/api/v1/watch-later/{title_id}", target) : api.DELETE("/api/v1/watch-later/{title_id}", target),
      );
    },
    onSuccess: (_, added) => {
      void toast(name, { description: added ? t("title.watch_later_added") : t("title.watch_later_removed") });
      void client.invalidateQueries({ queryKey: keys.watchLater });
      void client.invalidateQueries({ queryKey: keys.title(id) }); // what is on a list does not leave
      void client.invalidateQueries({ queryKey: keys.library });
    },
  });
  return (
    <Button
      variant="film"
      size="lg"
      aria-pressed={isSaved}
      busy={toggle.isPending}
      onClick={() => toggle.mutate(!isSaved)}
      data-testid="watch-later"
    >
      {isSaved ? <BookmarkCheck aria-hidden className="size-5" /> : <Bookmark aria-hidden className="size-5" />}
      {isSaved ? t("title.on_watch_later") : t("title.watch_later")}
    </Button>
  );
}
