import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import { en } from "@/locales/en";
import type { film } from "@/locales/film";
import type { operatorPages } from "@/locales/operator";

declare module "i18next" {
  interface CustomTypeOptions {
    defaultNS: "app";
    resources: { app: typeof en & typeof film & typeof operatorPages };
  }
}

i18next.use(initReactI18next).init({
  lng: "en",
  fallbackLng: "en",
  defaultNS: "app",
  resources: { en: { app: en } },
  interpolation: { escapeValue: false }, // React escapes
});

/** The film screens call this before they draw; the first page does without their words. */
export async function loadFilmWords(): Promise<void> {
  const { film } = await import("@/locales/film");
  i18next.addResourceBundle("en", "app", film);
}

/** The operator's pages call this before they draw. */
export async function loadOperatorWords(): Promise<void> {
  const { operatorPages } = await import("@/locales/operator");
  i18next.addResourceBundle("en", "app", operatorPages);
}

export { i18next };
