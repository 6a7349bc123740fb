/** What the forms at the door accept; the server decides again. */
import { z } from "zod";
import { i18next } from "@/lib/i18n";

const PASSWORD_MIN = 10;

const required = () => z.string().trim().min(1, i18next.t("auth.required"));

export const email = () => required().pipe(z.email(i18next.t("auth.email_invalid")));
export const name = required;
export const newPassword = () => z.string().min(PASSWORD_MIN, i18next.t("auth.password_short"));
export const anyPassword = () => z.string().min(1, i18next.t("auth.required"));
export const code = () =>
  z
    .string()
    .trim()
    .regex(/^\d{6}$/, i18next.t("auth.code_invalid"));

export const loginRules = z.object({ email: email(), password: anyPassword() });
export const registerRules = z.object({ name: name(), email: email(), password: newPassword() });
