import { CloudOff, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "@/lib/api";
import { Button } from "./Button";

type EmptyStateProps = { icon?: ReactNode; title: string; text?: string; children?: ReactNode };

/** Nothing here yet, and the next step. */
export function EmptyState({ icon, title, text, children }: EmptyStateProps) {
  return (
    <div className="mx-auto flex max-w-md flex-col items-center gap-3 px-4 py-16 text-center">
      {icon && <div className="text-muted [&>svg]:size-9 [&>svg]:stroke-[1.4]">{icon}</div>}
      <h2 className="title text-2xl">{title}</h2>
      {text && <p className="text-muted">{text}</p>}
      {children && <div className="mt-2 flex flex-wrap justify-center gap-3">{children}</div>}
    </div>
  );
}

/** What went wrong in the server's words, and one way on. */
export function ErrorState({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const { t } = useTranslation();
  const isOffline = error instanceof ApiError && error.isOffline;
  const text = error instanceof ApiError ? error.message : t("errors.unexpected");
  return (
    <div role="alert">
      <EmptyState
        icon={isOffline ? <CloudOff aria-hidden /> : <TriangleAlert aria-hidden />}
        title={isOffline ? t("errors.offline_title") : t("errors.title")}
        text={text}
      >
        {onRetry && <Button onClick={onRetry}>{t("common.try_again")}</Button>}
      </EmptyState>
    </div>
  );
}
