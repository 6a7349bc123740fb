/** What the server says about single inputs goes to those inputs; the rest is said above the form. */
import type { FieldValues, Path, UseFormReturn } from "react-hook-form";
import { z } from "zod";
import { ApiError } from "@/lib/api";

// zod compiles its checks with `new Function`, which our content security policy forbids and reports.
z.config({ jitless: true });

/** Returns the sentence that belongs to no single field, or null when every part found its place. */
export function placeErrors<T extends FieldValues>(form: UseFormReturn<T>, error: unknown): string | null {
  if (!(error instanceof ApiError)) throw error;
  const known = Object.entries(error.fields).filter(([name]) => name in form.getValues());
  for (const [name, message] of known) form.setError(name as Path<T>, { message });
  return known.length > 0 ? null : error.message;
}
