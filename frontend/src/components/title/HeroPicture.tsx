import type { TitleCard } from "@/types/schemas";

/** The backdrop, or the poster thrown wide and soft when there is none; a scrim keeps the words readable. */
export function HeroPicture({ title }: { title: TitleCard }) {
  const url = title.backdrop_url ?? title.poster_url;
  const isSoft = title.backdrop_url === null;
  return (
    <div aria-hidden className="absolute inset-0" style={{ backgroundColor: title.color }}>
      {url && (
        <img
          src={url}
          alt=""
          fetchPriority="high"
          draggable={false}
          className={
            isSoft ? "size-full scale-110 object-cover opacity-70 blur-2xl" : "size-full object-cover object-[50%_25%]"
          }
        />
      )}
      <div className="scrim-up absolute inset-0" />
    </div>
  );
}
