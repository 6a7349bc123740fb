import { Check, Hand } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/Button";
import { hasEnded } from "@/features/player/engine/timeline";
import { randomId } from "@/lib/random-id";
import type { Member } from "@/types/frames.gen";
import { useRoomTick } from "../power/use-room-tick";
import { useRoomSession, useRoomState } from "../use-room";
import { useMay } from "./use-queue";

/** Above the list of people: ask whether everybody is ready, say so, see who is not, start all the same. */
export function ReadyCheck() {
  const isOpen = useRoomState((state) => state.ready?.open ?? false);
  const mayStart = useMay("play_pause");
  if (isOpen) return <Asked />;
  return mayStart ? <Ask /> : null;
}

function Ask() {
  const { t } = useTranslation();
  const session = useRoomSession();
  if (!useIsResting()) return null;
  return (
    <div className="border-line border-b px-4 py-3">
      <Button
        size="sm"
        data-testid="ask-ready"
        onClick={() => session.tell({ t: "rdy.ask", cid: randomId() })}
        className="w-full justify-center"
      >
        <Hand aria-hidden className="size-4" />
        {t("room.ready.ask")}
      </Button>
    </div>
  );
}

/** The room stands still until somebody starts the film: it is paused, or over. */
function useIsResting(): boolean {
  const timeline = useRoomState((state) => state.timeline);
  const nowMs = useRoomTick(timeline?.playing ?? false);
  return timeline !== null && (!timeline.playing || (nowMs !== null && hasEnded(timeline, nowMs)));
}

function Asked() {
  const { t } = useTranslation();
  const session = useRoomSession();
  // Where a start is voted on, only everybody together starts without a vote.
  const mayStart = useRoomState(
    ({ you, rules }) => rules?.preset !== "democracy" && (you?.can.includes("play_pause") ?? false),
  );
  const members = useRoomState((state) => state.members);
  const ids = useRoomState((state) => state.ready?.ids);
  const missing = members.filter(({ id, state }) => isHere(state) && !(ids ?? []).includes(id));
  return (
    <section aria-label={t("room.ready.heading")} className="flex flex-col gap-2 border-line border-b px-4 py-3">
      <p role="status" className="text-sm">
        {missing.length === 0
          ? t("room.ready.all")
          : t("room.ready.missing", { names: missing.map(({ name }) => name).join(", ") })}
      </p>
      <div className="flex flex-wrap gap-2">
        <IAmReady look="primary" />
        {mayStart && (
          <Button size="sm" onClick={() => session.tell({ t: "rdy.go", cid: randomId() })}>
            {t("room.ready.go")}
          </Button>
        )}
      </div>
    </section>
  );
}

function isHere(state: Member["state"]): boolean {
  return state !== "reconnecting" && state !== "left";
}

function IAmReady({ look }: { look: "primary" | "film" }) {
  const { t } = useTranslation();
  const session = useRoomSession();
  const isReady = useRoomState(({ ready, you }) => ready?.ids.includes(you?.id ?? "") ?? false);
  return (
    <Button
      variant={isReady && look === "primary" ? "secondary" : look}
      size="sm"
      aria-pressed={isReady}
      data-testid={`ready-${look}`}
      onClick={() => session.tell({ t: "rdy", cid: randomId(), on: !isReady })}
    >
      {isReady && <Check aria-hidden className="size-4" />}
      {t("room.ready.me")}
    </Button>
  );
}

/** Over the picture, for whoever has not answered: the people's tab may be closed. */
export function ReadyOverlay() {
  const { t } = useTranslation();
  const isAsked = useRoomState(({ ready, you }) => ready?.open === true && !ready.ids.includes(you?.id ?? ""));
  const name = useRoomState(({ ready, members }) => members.find(({ id }) => id === ready?.by)?.name);
  if (!isAsked) return null;
  return (
    <div
      role="status"
      className="pointer-events-auto flex flex-wrap items-center gap-3 rounded-card bg-scrim-strong py-2 pr-2 pl-4 text-on-film text-sm"
    >
      {t("room.ready.asked", { name: name ?? t("room.somebody") })}
      <IAmReady look="film" />
    </div>
  );
}
