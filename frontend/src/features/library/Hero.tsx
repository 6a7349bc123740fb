import { Link } from "@tanstack/react-router";
import { Info, Play } from "lucide-react";
import { useTranslation } from "react-i18next";
import { HeroPicture } from "@/components/title/HeroPicture";
import { Picture } from "@/components/title/Picture";
import { Button } from "@/components/ui/Button";
import { formatClock, formatRuntime } from "@/lib/format";
import type { Library, TitleCard } from "@/types/schemas";

type Featured = { title: TitleCard & { id: string }; resumeAt: number | null };

/** The film to open with: the one being watched, else the newest that is ready. */
export function chooseFeatured(library: Library): Featured | null {
  const [current] = library.continue_watching;
  if (current?.title.id) return { title: { ...current.title, id: current.title.id }, resumeAt: current.position_s };
  const ready = library.ready[0];
  return ready?.id ? { title: { ...ready, id: ready.id }, resumeAt: null } : null;
}

export function Hero({ library }: { library: Library }) {
  const { t } = useTranslation();
  const featured = chooseFeatured(library);
  if (!featured) return null;
  const { title, resumeAt } = featured;
  const facts = [title.year, title.runtime_min ? formatRuntime(title.runtime_min) : null].filter(Boolean).join(" · ");
  return (
    <section
      aria-label={t("home.featured")}
      className="relative flex min-h-[26rem] items-end overflow-hidden bg-film md:min-h-[30rem]"
    >
      <HeroPicture title={title} />
      <div className="page-x relative flex w-full items-end justify-between gap-10 pt-24 pb-10">
        <div className="min-w-0">
          <p className="font-semibold text-on-film-muted text-sm">{t("home.featured")}</p>
          <p className="title mt-2 max-w-3xl text-4xl text-on-film sm:text-5xl lg:text-6xl">{title.name}</p>
          {facts && <p className="mt-3 text-on-film-muted">{facts}</p>}
          <div className="mt-6 flex flex-wrap gap-3">
            <Button asChild variant="primary" size="lg">
              <Link to="/watch/$id" params={{ id: title.id }}>
                <Play aria-hidden className="size-5 fill-current" />
                {resumeAt === null ? t("home.play") : t("home.resume", { at: formatClock(resumeAt) })}
              </Link>
            </Button>
            <Button asChild variant="film" size="lg">
              <Link to="/title/$id" params={{ id: title.id }}>
                <Info aria-hidden className="size-5" />
                {t("home.details")}
              </Link>
            </Button>
          </div>
        </div>
        {title.backdrop_url === null && (
          <Picture title={title} kind="poster" className="hidden w-60 shrink-0 shadow-float lg:block" />
        )}
      </div>
    </section>
  );
}
