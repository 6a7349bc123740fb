import { Check, CircleAlert, CircleDot } from "lucide-react";
import { useTranslation } from "react-i18next";
import { LiveLine } from "@/components/request/LiveLine";
import { cx } from "@/components/ui/cx";
import { STEPS, type Step, type StepStatus, stepStatus } from "@/lib/request-state";
import type { RequestItem } from "@/types/schemas";

/** The way of a film to the screen, from top to bottom. The live words stand at the step they belong to. */
export function Timeline({ request }: { request: RequestItem }) {
  const { t } = useTranslation();
  return (
    <ol aria-label={t("requests.timeline_of", { name: request.title.name })} className="flex flex-col">
      {STEPS.map((step) => (
        <TimelineStep key={step} step={step} request={request} isLast={step === "ready"} />
      ))}
    </ol>
  );
}

function TimelineStep({ step, request, isLast }: { step: Step; request: RequestItem; isLast: boolean }) {
  const { t } = useTranslation();
  const status = stepStatus(step, request.state);
  const isCurrent = status === "now" || status === "stopped";
  return (
    <li aria-current={isCurrent ? "step" : undefined} className="flex gap-3.5">
      <span className="flex flex-col items-center">
        <StepMark status={status} />
        {!isLast && <span className={cx("w-0.5 flex-1", status === "done" ? "bg-good/60" : "bg-line")} />}
      </span>
      <div className={cx("min-w-0 flex-1", isLast ? "pb-0" : "pb-4")}>
        <p className={cx("text-sm leading-6", isCurrent ? "font-semibold" : status === "todo" && "text-muted")}>
          {isCurrent ? t(`requests.state.${request.state}`) : t(`requests.step.${step}`)}
          <span className="sr-only">, {t(`requests.step_${status}`)}</span>
        </p>
        {status === "now" && <LiveLine request={request} />}
      </div>
    </li>
  );
}

function StepMark({ status }: { status: StepStatus }) {
  const box = "flex size-6 shrink-0 items-center justify-center";
  switch (status) {
    case "done":
      return (
        <span aria-hidden className={box}>
          <Check className="size-4 stroke-[2.5] text-good" />
        </span>
      );
    case "now":
      return (
        <span aria-hidden className={box}>
          <CircleDot className="size-5 animate-pulse text-accent-text" />
        </span>
      );
    case "stopped":
      return (
        <span aria-hidden className={box}>
          <CircleAlert className="size-5 text-bad" />
        </span>
      );
    case "todo":
      return (
        <span aria-hidden className={box}>
          <span className="size-2 rounded-pill border border-edge" />
        </span>
      );
  }
}
