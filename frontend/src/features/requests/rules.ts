/** What a request needs before it is sent: a film, and a file or a link that says where its data is. */
import { z } from "zod";
import { i18next } from "@/lib/i18n";

const TORRENT_MAX_BYTES = 10 * 1024 * 1024;
const [YEAR_MIN, YEAR_MAX] = [1880, 2100];

export type RequestForm = { name: string; year: string; source: "file" | "magnet"; file: File | null; magnet: string };

function isYear(text: string): boolean {
  return text === "" || (/^\d{4}$/.test(text) && Number(text) >= YEAR_MIN && Number(text) <= YEAR_MAX);
}

/** BEP 9: a magnet link names its torrent by the `xt` parameter. */
export function isMagnet(text: string): boolean {
  return /^magnet:\?/i.test(text) && /[?&]xt=urn:bt(ih|mh):/i.test(text);
}

function sourceProblem({ source, file, magnet }: RequestForm): { path: "file" | "magnet"; message: string } | null {
  if (source === "magnet") {
    return isMagnet(magnet) ? null : { path: "magnet", message: i18next.t("new_request.magnet_invalid") };
  }
  if (!file) return { path: "file", message: i18next.t("new_request.file_missing") };
  return file.size <= TORRENT_MAX_BYTES ? null : { path: "file", message: i18next.t("new_request.file_large") };
}

export const requestRules = z
  .object({
    name: z.string().trim().min(1, i18next.t("auth.required")),
    year: z.string().trim().refine(isYear, i18next.t("new_request.year_invalid")),
    source: z.enum(["file", "magnet"]),
    file: z.instanceof(File).nullable(),
    magnet: z.string().trim(),
  })
  .superRefine((form, context) => {
    const problem = sourceProblem(form);
    if (problem) context.addIssue({ code: "custom", message: problem.message, path: [problem.path] });
  });

/** Which film: one that this server stores, one of the film database, or a name typed by hand. */
export type Film = { title_id: string } | { tmdb_id: number } | { name: string; year?: number };

export function filmOf(form: RequestForm, known: { title?: string; tmdb?: number }): Film {
  if (known.title) return { title_id: known.title };
  if (known.tmdb) return { tmdb_id: known.tmdb };
  return { name: form.name, ...(form.year ? { year: Number(form.year) } : {}) };
}
