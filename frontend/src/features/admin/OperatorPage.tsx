import { Lock } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Page } from "@/components/Page";
import { EmptyState } from "@/components/ui/States";
import { useMe } from "@/lib/session";

interface OperatorPageProps {
  title: string;
  text: string;
  /** Why others may not look; the server refuses them as well. */
  refusal?: string;
  children: ReactNode;
}

/** A page for the person who runs the server; everybody else reads why it is not for them. */
export function OperatorPage({ title, text, refusal, children }: OperatorPageProps) {
  const { t } = useTranslation();
  const me = useMe();
  if (!me?.is_operator) {
    return (
      <EmptyState icon={<Lock aria-hidden />} title={t("operator.only_title")} text={refusal ?? t("operator.only")} />
    );
  }
  return (
    <Page title={title} text={text}>
      {children}
    </Page>
  );
}
