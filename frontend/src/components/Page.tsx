import type { ReactNode } from "react";

type PageProps = { title: string; text?: string; actions?: ReactNode; children: ReactNode };

/** A page of the shell: document title, heading, and what can be done here. */
export function Page({ title, text, actions, children }: PageProps) {
  return (
    <div className="page-x mx-auto w-full max-w-[90rem] pt-8 md:pt-12">
      <title>{`${title} · Matinee`}</title>
      <div className="mb-8 flex flex-wrap items-end justify-between gap-4">
        <div>
          <h1 className="title text-4xl md:text-5xl">{title}</h1>
          {text && <p className="mt-2 max-w-xl text-muted">{text}</p>}
        </div>
        {actions}
      </div>
      {children}
    </div>
  );
}
