import { useTranslation } from "react-i18next";
import type { RequestItem } from "@/types/schemas";

/** Why it stopped, and the one thing that helps. */
export function Trouble({ request }: { request: RequestItem }) {
  const { t } = useTranslation();
  if (!request.reason) return null;
  return (
    <div className="rounded-card border border-line bg-ground px-4 py-3 text-sm">
      <p>{request.reason}</p>
      {request.fix && <p className="mt-1 text-muted">{t("requests.fix", { fix: request.fix })}</p>}
    </div>
  );
}
