import { ChevronLeft, ChevronRight } from "lucide-react";
import { Children, type ReactNode, useEffect, useId, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/Button";
import { cx } from "@/components/ui/cx";

type ShelfProps = { name: string; kind?: "posters" | "stills"; children: ReactNode };

const WIDTH = {
  posters: "w-[8.75rem] sm:w-40 xl:w-44",
  stills: "w-[17rem] sm:w-80",
};

/** Part of the visible width that a press on an arrow moves; the rest stays as a point of reference. */
const PAGE_SHARE = 0.85;

/** One row of films: swiped on touch, arrows for a mouse, plain Tab for the keyboard. */
export function Shelf({ name, kind = "posters", children }: ShelfProps) {
  const { t } = useTranslation();
  const headingId = useId();
  const row = useRef<HTMLUListElement>(null);
  const { canGoBack, canGoOn } = useScrollEnds(row);
  const move = (direction: 1 | -1) =>
    row.current?.scrollBy({ left: direction * row.current.clientWidth * PAGE_SHARE, behavior: "smooth" });
  return (
    <section aria-labelledby={headingId} className="mt-10">
      <div className="page-x flex h-10 items-center justify-between">
        <h2 id={headingId} className="title text-2xl">
          {name}
        </h2>
        <div className={cx("hidden gap-1 md:flex", !canGoBack && !canGoOn && "invisible")}>
          <Button
            variant="ghost"
            size="icon"
            disabled={!canGoBack}
            aria-label={t("home.previous", { shelf: name })}
            onClick={() => move(-1)}
          >
            <ChevronLeft aria-hidden className="size-5" />
          </Button>
          <Button
            variant="ghost"
            size="icon"
            disabled={!canGoOn}
            aria-label={t("home.next", { shelf: name })}
            onClick={() => move(1)}
          >
            <ChevronRight aria-hidden className="size-5" />
          </Button>
        </div>
      </div>
      <ul ref={row} className="scroll-row page-x mt-2 flex scroll-px-4 gap-4 py-1.5 md:scroll-px-8 xl:scroll-px-14">
        {Children.map(children, (child) => (
          <li className={cx("shrink-0 snap-start", WIDTH[kind])}>{child}</li>
        ))}
      </ul>
    </section>
  );
}

function useScrollEnds(row: React.RefObject<HTMLUListElement | null>) {
  const [ends, setEnds] = useState({ canGoBack: false, canGoOn: false });
  useEffect(() => {
    const element = row.current;
    if (!element) return;
    const look = () => {
      const rest = element.scrollWidth - element.clientWidth - element.scrollLeft;
      setEnds({ canGoBack: element.scrollLeft > 1, canGoOn: rest > 1 });
    };
    look();
    element.addEventListener("scroll", look, { passive: true });
    const observer = new ResizeObserver(look);
    observer.observe(element);
    return () => {
      element.removeEventListener("scroll", look);
      observer.disconnect();
    };
  }, [row]);
  return ends;
}
