import { useState } from "react";
import { cx } from "@/components/ui/cx";
import type { TitleCard } from "@/types/schemas";

type PictureProps = {
  title: TitleCard;
  /** Which artwork; a still falls back to the poster, cropped. */
  kind: "poster" | "still";
  /** The first picture a visitor sees is fetched at once, all others when they come near. */
  isFirst?: boolean;
  alt?: string;
  className?: string;
};

/** Artwork over the film's own colour, which is there before the picture and when there is none. */
export function Picture({ title, kind, isFirst = false, alt = "", className }: PictureProps) {
  const [isBroken, setIsBroken] = useState(false);
  const url = kind === "poster" ? title.poster_url : (title.backdrop_url ?? title.poster_url);
  return (
    <div
      className={cx(
        "relative overflow-hidden rounded-card",
        kind === "poster" ? "aspect-2/3" : "aspect-video",
        className,
      )}
      style={{ backgroundColor: title.color }}
    >
      {url && !isBroken ? (
        <img
          src={url}
          alt={alt}
          loading={isFirst ? "eager" : "lazy"}
          fetchPriority={isFirst ? "high" : "auto"}
          decoding="async"
          draggable={false}
          onError={() => setIsBroken(true)}
          className="absolute inset-0 size-full object-cover"
        />
      ) : (
        <span className="title absolute inset-0 flex items-end p-4 text-on-film text-xl">{title.name}</span>
      )}
    </div>
  );
}
