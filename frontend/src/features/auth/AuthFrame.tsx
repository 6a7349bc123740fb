import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Logo } from "@/components/Logo";
import { ScreeningRoom } from "@/features/auth/ScreeningRoom";

type AuthFrameProps = { title: string; text?: ReactNode; children?: ReactNode; footer?: ReactNode };

/** The pages at the door: a form on the left, the room with the lit screen on the right. */
export function AuthFrame({ title, text, children, footer }: AuthFrameProps) {
  const { t } = useTranslation();
  return (
    <div className="grid min-h-dvh lg:grid-cols-[minmax(26rem,5fr)_7fr]">
      <title>{`${title} · Matinee`}</title>
      <main className="flex flex-col px-6 py-8 sm:px-12">
        <Link to="/" aria-label={t("app.home")} className="self-start rounded-card">
          <Logo />
        </Link>
        <div className="mx-auto flex w-full max-w-sm flex-1 flex-col justify-center gap-6 py-10">
          <div>
            <h1 className="title text-4xl">{title}</h1>
            {text && <p className="mt-2 text-muted">{text}</p>}
          </div>
          {children}
          {footer && <p className="text-muted text-sm">{footer}</p>}
        </div>
      </main>
      <aside aria-hidden className="screening-room relative hidden overflow-hidden lg:block">
        <ScreeningRoom />
        <div className="absolute inset-x-0 bottom-0 bg-linear-to-t from-film via-film/80 to-transparent px-14 pt-24 pb-14">
          <p className="title max-w-lg text-5xl text-on-film">{t("auth.motto")}</p>
          <p className="mt-4 max-w-md text-lg text-on-film-muted">{t("auth.motto_text")}</p>
        </div>
      </aside>
    </div>
  );
}

export const TEXT_LINK = "font-medium text-accent-text underline underline-offset-4 hover:no-underline";
