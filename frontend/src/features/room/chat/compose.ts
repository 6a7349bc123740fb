import { createContext, use } from "react";
import type { ChatLine } from "../feed";

/** What the next words will be: a message of their own, an answer, or new words for an old message. */
export type Purpose = { kind: "say" } | { kind: "reply"; to: ChatLine } | { kind: "edit"; line: ChatLine };

export const SAY: Purpose = { kind: "say" };

export interface Compose {
  purpose: Purpose;
  choose: (purpose: Purpose) => void;
}

export const ComposeContext = createContext<Compose | null>(null);

export function useCompose(): Compose {
  const compose = use(ComposeContext);
  if (compose === null) throw new Error("useCompose needs a ComposeContext around it");
  return compose;
}
