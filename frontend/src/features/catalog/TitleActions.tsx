import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { BellRing, Check, Play, Ticket } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/Button";
import { Skeleton } from "@/components/ui/Skeleton";
import { PlanParty } from "@/features/catalog/PlanParty";
import { StartParty } from "@/features/catalog/StartParty";
import { chooseButton, type TitleButton } from "@/features/catalog/title-button";
import { WatchLaterButton } from "@/features/catalog/WatchLaterButton";
import { api, call } from "@/lib/api";
import { formatClock, formatShare } from "@/lib/format";
import { keys, progressQuery } from "@/lib/queries";
import { useMe } from "@/lib/session";
import type { RequestItem, TitleDetail } from "@/types/schemas";

type TitleActionsProps = {
  title: TitleDetail;
  request: RequestItem | undefined;
  /** Whether the requests have been looked at; before that nobody knows what the button should say. */
  isRequestKnown: boolean;
};

/** A stored film always has an id; only search hits may lack one. */
function idOf(title: TitleDetail): string {
  return title.id ?? "";
}

export function TitleActions({ title, request, isRequestKnown }: TitleActionsProps) {
  const { t } = useTranslation();
  const me = useMe();
  const id = idOf(title);
  const canPlay = title.availability === "ready" || title.availability === "playable";
  const progress = useQuery({ ...progressQuery(id), enabled: canPlay });
  const isKnown = canPlay ? !progress.isPending : isRequestKnown;
  const button = chooseButton(title, request, progress.data);
  return (
    <div className="mt-6 flex flex-wrap items-center gap-3">
      {isKnown ? (
        <MainButton id={id} button={button} isVerified={me?.is_verified ?? false} />
      ) : (
        <Skeleton className="h-12 w-36 bg-on-film/20" />
      )}
      {canPlay && <StartParty titleId={id} isVerified={me?.is_verified ?? false} />}
      {canPlay && <PlanParty titleId={id} isVerified={me?.is_verified ?? false} />}
      <WatchLaterButton id={id} name={title.name} />
      {isKnown && button.kind === "requested" && button.isFollowing && (
        <p className="w-full text-on-film-muted text-sm">{t("title.following")}</p>
      )}
      {me && !me.is_verified && !canPlay && (
        <p className="w-full text-on-film-muted text-sm">{t("unverified.needed")}</p>
      )}
    </div>
  );
}

function MainButton({ id, button, isVerified }: { id: string; button: TitleButton; isVerified: boolean }) {
  switch (button.kind) {
    case "play":
    case "resume":
    case "play-early":
      return <PlayButton id={id} button={button} />;
    case "requested":
      return <RequestedButton id={id} isFollowing={button.isFollowing} />;
    case "request":
      return <RequestButton id={id} isVerified={isVerified} />;
  }
}

type Playable = Extract<TitleButton, { kind: "play" | "resume" | "play-early" }>;

function PlayButton({ id, button }: { id: string; button: Playable }) {
  const { t } = useTranslation();
  const labels = {
    play: () => t("title.play"),
    resume: () => t("title.resume", { at: formatClock(button.kind === "resume" ? button.at : 0) }),
    "play-early": () => {
      const share = button.kind === "play-early" ? button.share : null;
      return t("title.play_early", { share: share === null ? "" : formatShare(share) }).trim();
    },
  };
  return (
    <Button asChild variant="primary" size="lg">
      <Link to="/watch/$id" params={{ id }} data-testid="play">
        <Play aria-hidden className="size-5 fill-current" />
        {labels[button.kind]()}
      </Link>
    </Button>
  );
}

function RequestButton({ id, isVerified }: { id: string; isVerified: boolean }) {
  const { t } = useTranslation();
  const content = (
    <>
      <Ticket aria-hidden className="size-5" />
      {t("title.request")}
    </>
  );
  if (!isVerified) {
    return (
      <Button variant="primary" size="lg" disabled data-testid="request">
        {content}
      </Button>
    );
  }
  return (
    <Button asChild variant="primary" size="lg">
      <Link to="/requests/new" search={{ title: id }} data-testid="request">
        {content}
      </Link>
    </Button>
  );
}

/** Asking for a film that is already on its way makes this person a follower of the same request. */
function RequestedButton({ id, isFollowing }: { id: string; isFollowing: boolean }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const follow = useMutation({
    mutationFn: () => call(api.POST("/api/v1/requests", { body: { title_id: id } })),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.requests }),
  });
  if (isFollowing) {
    return (
      <Button variant="film" size="lg" disabled className="disabled:opacity-100" data-testid="requested">
        <Check aria-hidden className="size-5" />
        {t("title.requested")}
      </Button>
    );
  }
  return (
    <Button variant="primary" size="lg" busy={follow.isPending} onClick={() => follow.mutate()} data-testid="follow">
      <BellRing aria-hidden className="size-5" />
      {t("title.tell_me")}
    </Button>
  );
}
