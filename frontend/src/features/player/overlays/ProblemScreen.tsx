import { TriangleAlert } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/Button";
import { usePlayer } from "../context";
import type { Problem } from "../engine/engine";

/** What stopped the film, in plain words, and the way on. */
export function ProblemScreen({ problem }: { problem: Problem }) {
  const { t } = useTranslation();
  const { actions } = usePlayer();
  return (
    <div
      role="alert"
      className="absolute inset-0 z-10 flex flex-col items-center justify-center gap-3 bg-scrim-strong px-6 text-center"
    >
      <TriangleAlert aria-hidden className="size-9 text-accent" />
      <h2 className="title text-2xl">{t(`player.problem.${problem}.title`)}</h2>
      <p className="max-w-md text-on-film-muted">{t(`player.problem.${problem}.text`)}</p>
      {problem !== "unsupported" && (
        <Button variant="primary" onClick={actions.retry} className="mt-2">
          {t("common.try_again")}
        </Button>
      )}
    </div>
  );
}
