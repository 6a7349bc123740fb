import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { TitleCard } from "@/types/schemas";

type TitleLinkProps = { title: TitleCard; className?: string; children: ReactNode };

/** To the film's page; a hit that this server has not stored yet leads to the request form, filled in. */
export function TitleLink({ title, className, children }: TitleLinkProps) {
  if (title.id) {
    return (
      <Link to="/title/$id" params={{ id: title.id }} className={className} data-testid={`card-${title.id}`}>
        {children}
      </Link>
    );
  }
  const search = {
    name: title.name,
    ...(title.year ? { year: String(title.year) } : {}),
    ...(title.tmdb_id ? { tmdb: title.tmdb_id } : {}),
  };
  return (
    <Link to="/requests/new" search={search} className={className} data-testid={`card-tmdb-${title.tmdb_id}`}>
      {children}
    </Link>
  );
}
