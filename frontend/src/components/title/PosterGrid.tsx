import { Children, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Skeleton } from "@/components/ui/Skeleton";

const GRID =
  "grid grid-cols-[repeat(auto-fill,minmax(8.5rem,1fr))] gap-x-4 gap-y-8 sm:grid-cols-[repeat(auto-fill,minmax(10.5rem,1fr))] sm:gap-x-5";

export function PosterGrid({ children }: { children: ReactNode }) {
  return (
    <ul className={GRID}>
      {Children.map(children, (child) => (
        <li>{child}</li>
      ))}
    </ul>
  );
}

const CARDS = ["a", "b", "c", "d", "e", "f", "g", "h"];

export function PosterGridSkeleton() {
  const { t } = useTranslation();
  return (
    <div role="status" className={GRID}>
      <span className="sr-only">{t("common.loading")}</span>
      {CARDS.map((card) => (
        <Skeleton key={card} className="aspect-2/3" />
      ))}
    </div>
  );
}
