import { useQuery } from "@tanstack/react-query";
import { MailOpen } from "lucide-react";
import { Fragment } from "react";
import { useTranslation } from "react-i18next";
import { Skeleton } from "@/components/ui/Skeleton";
import { EmptyState, ErrorState } from "@/components/ui/States";
import { OperatorPage } from "@/features/admin/OperatorPage";
import { api, call } from "@/lib/api";
import { formatDateTime } from "@/lib/format";
import { keys } from "@/lib/queries";
import type { OutboxMail } from "@/types/schemas";

/** The mails that would have been sent; only while no mail server is set up, only for the operator. */
export function OutboxPage() {
  const { t } = useTranslation();
  return (
    <OperatorPage title={t("outbox.heading")} text={t("outbox.text")} refusal={t("outbox.refused")}>
      <Mails />
    </OperatorPage>
  );
}

function Mails() {
  const { t } = useTranslation();
  const { data, error, isPending, refetch } = useQuery({
    queryKey: keys.outbox,
    queryFn: () => call(api.GET("/api/v1/outbox")),
    staleTime: 0,
  });
  if (isPending) return <Skeleton className="h-40" />;
  if (error) return <ErrorState error={error} onRetry={() => void refetch()} />;
  if (data.length === 0) {
    return <EmptyState icon={<MailOpen aria-hidden />} title={t("outbox.empty_title")} text={t("outbox.empty")} />;
  }
  return (
    <ul className="flex max-w-3xl flex-col gap-4">
      {data.map((mail) => (
        <li key={mail.id}>
          <Mail mail={mail} />
        </li>
      ))}
    </ul>
  );
}

function Mail({ mail }: { mail: OutboxMail }) {
  const { t } = useTranslation();
  return (
    <article className="rounded-card border border-line bg-surface p-5">
      <h2 className="font-semibold">{mail.subject}</h2>
      <p className="mt-1 text-muted text-sm">
        {t("outbox.to", { to: mail.to })} {t("common.dot")}{" "}
        <time dateTime={mail.created_at}>{formatDateTime(mail.created_at)}</time>
      </p>
      <p className="mt-4 whitespace-pre-wrap break-words text-sm leading-relaxed">
        <WithLinks text={mail.text} />
      </p>
    </article>
  );
}

const WEB_ADDRESS = /(https?:\/\/[^\s<>]+)/;

/** Plain text with its web addresses made clickable. */
function WithLinks({ text }: { text: string }) {
  let offset = 0;
  return text.split(WEB_ADDRESS).map((part) => {
    offset += part.length;
    if (!WEB_ADDRESS.test(part)) return <Fragment key={offset}>{part}</Fragment>;
    return (
      <a
        key={offset}
        href={part}
        className="break-all text-accent-text underline underline-offset-4 hover:no-underline"
      >
        {part}
      </a>
    );
  });
}
