/** Which one thing can be done with a film now. Pure; the page draws exactly one button from it. */
import { isMoving } from "@/lib/request-state";
import type { RequestItem, TitleDetail } from "@/types/schemas";

export type TitleButton =
  | { kind: "play" }
  | { kind: "resume"; at: number }
  | { kind: "play-early"; share: number | null }
  /** On its way; `isFollowing` says whether this person will be told. */
  | { kind: "requested"; isFollowing: boolean }
  | { kind: "request" };

/** Before this a film simply starts again: nobody calls ten seconds "watched". */
const RESUME_FROM_S = 15;

type Watched = { position_s: number; watched: boolean } | undefined;

export function chooseButton(title: TitleDetail, request: RequestItem | undefined, progress: Watched): TitleButton {
  if (title.availability === "ready") {
    const isUnderWay = progress !== undefined && progress.position_s >= RESUME_FROM_S && !progress.watched;
    return isUnderWay ? { kind: "resume", at: progress.position_s } : { kind: "play" };
  }
  if (title.availability === "playable" || (request?.playable && isMoving(request.state))) {
    return { kind: "play-early", share: request?.progress ?? null };
  }
  const isAlive = request !== undefined && isMoving(request.state);
  if (isAlive) return { kind: "requested", isFollowing: request.is_following };
  const isElsewhere = title.availability === "requested" || title.availability === "downloading";
  return isElsewhere ? { kind: "requested", isFollowing: false } : { kind: "request" };
}
