/** The server's side of people's own subtitles. */
import { ApiError, fetchWithSession } from "@/lib/api";

export interface OwnSubtitles {
  file: File;
  language: string;
  label: string;
}

export async function uploadSubtitles(
  titleId: string,
  { file, language, label }: OwnSubtitles,
): Promise<{ id: string }> {
  const body = new FormData();
  body.append("file", file);
  body.append("language", language);
  body.append("label", label);
  const url = new URL(`/api/v1/titles/${titleId}/subtitles`, window.location.origin);
  const response = await fetchWithSession(new Request(url, { method: "POST", body })).catch(() => null);
  if (response === null)
    throw new ApiError("Matinee does not answer. Check the connection and try again.", 0, "offline");
  const answer = await response.json().catch(() => ({}));
  if (response.ok) return answer;
  throw new ApiError(answer.detail ?? "The upload failed.", response.status, answer.code ?? "unknown", answer.fields);
}

export async function saveOffset(subtitleId: string, offsetMs: number): Promise<void> {
  const url = new URL(`/api/v1/subtitles/${subtitleId}`, window.location.origin);
  const headers = { "Content-Type": "application/json" };
  const body = JSON.stringify({ offset_ms: offsetMs });
  await fetchWithSession(new Request(url, { method: "PATCH", headers, body }));
}
