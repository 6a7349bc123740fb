import { Link } from "@tanstack/react-router";
import { DoorClosed } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/Button";
import { EmptyState } from "@/components/ui/States";
import { useMe } from "@/lib/session";

type Ending = "kicked" | "gone" | "replaced" | "signed_out";

const ENDINGS: Readonly<Record<number, Ending>> = {
  401: "signed_out",
  403: "kicked",
  404: "gone",
  4001: "signed_out",
  4003: "kicked",
  4004: "gone",
  4009: "replaced",
};

interface EndScreenProps {
  code: number;
  /** The server's own words, when it said any. */
  why: string;
  onComeBack: () => void;
}

/** The visit is over; what happened, and where to go from here. */
export function EndScreen({ code, why, onComeBack }: EndScreenProps) {
  const { t } = useTranslation();
  const me = useMe();
  const ending = ENDINGS[code] ?? "gone";
  return (
    <main className="flex min-h-dvh items-center justify-center">
      <EmptyState
        icon={<DoorClosed aria-hidden />}
        title={t(`room.end.${ending}.title`)}
        text={why || t(`room.end.${ending}.text`)}
      >
        {ending === "replaced" && (
          <Button variant="primary" onClick={onComeBack}>
            {t("room.continue_here")}
          </Button>
        )}
        {ending === "signed_out" && (
          <Button variant="primary" asChild>
            <Link to="/login">{t("room.sign_in")}</Link>
          </Button>
        )}
        {me !== null && !me.is_guest && (
          <Button asChild>
            <Link to="/">{t("room.go_home")}</Link>
          </Button>
        )}
      </EmptyState>
    </main>
  );
}
