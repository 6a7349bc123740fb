/** The server's side of people's own subtitles. */
import { api, call } from "@/lib/api";

export interface OwnSubtitles {
  file: File;
  language: string;
  label: string;
}

export function uploadSubtitles(titleId: string, { file, language, label }: OwnSubtitles) {
  const form = new FormData();
  form.append("file", file);
  form.append("language", language);
  form.append("label", label);
  const target = { params: { path: { title_id: titleId } }, body: { file: file.name, language, label } };
  // The schema speaks of text where a browser sends the file itself.
  return call(api.POST("/api/v1/titles/{title_id}/subtitles", { ...target, bodySerializer: () => form }));
}

export function saveOffset(subtitleId: string, offsetMs: number) {
  const target = { params: { path: { subtitle_id: subtitleId } }, body: { offset_ms: offsetMs } };
  return call(api.PATCH("/api/v1/subtitles/{subtitle_id}", target));
}

export function removeSubtitles(subtitleId: string) {
  return call(api.DELETE("/api/v1/subtitles/{subtitle_id}", { params: { path: { subtitle_id: subtitleId } } }));
}
