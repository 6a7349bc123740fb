import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Users } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/Button";
import { api, call } from "@/lib/api";
import { keys } from "@/lib/queries";

/** One press: a room with this film, and the host is in it. */
export function StartParty({ titleId, isVerified }: { titleId: string; isVerified: boolean }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const navigate = useNavigate();
  const start = useMutation({
    mutationFn: () => call(api.POST("/api/v1/rooms", { body: { title_id: titleId } })),
    onSuccess: async (room) => {
      void client.invalidateQueries({ queryKey: keys.rooms });
      await navigate({ to: "/room/$id", params: { id: room.id } });
    },
  });
  return (
    <Button
      variant="film"
      size="lg"
      busy={start.isPending}
      disabled={!isVerified}
      title={isVerified ? undefined : t("unverified.needed")}
      onClick={() => start.mutate()}
      data-testid="start-party"
    >
      <Users aria-hidden className="size-5" />
      {t("title.start_party")}
    </Button>
  );
}
