import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import { toast } from "@/lib/toast";
import { useUpdates } from "@/lib/updates";
import type { Notification } from "@/types/schemas";

/** Keeps the lists live and says new notifications aloud. Draws nothing. */
export function LiveUpdates() {
  const client = useQueryClient();
  const navigate = useNavigate();
  const { t } = useTranslation();
  const announce = useCallback(
    ({ title, body, link }: Notification) => {
      const action = { label: t("notifications.show"), onClick: () => void navigate({ href: link }) };
      void toast(title, { description: body, ...(link ? { action } : {}) });
    },
    [navigate, t],
  );
  useUpdates(client, announce);
  return null;
}
