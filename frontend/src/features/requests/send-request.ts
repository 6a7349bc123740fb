import type { Film, RequestForm } from "@/features/requests/rules";
import { api, call } from "@/lib/api";
import type { RequestItem } from "@/types/schemas";

export type Sent = { request: RequestItem; isNew: boolean };

/** A magnet goes as JSON, a file as multipart; `isNew` is false when the film was already on its way or here. */
export async function sendRequest(film: Film, form: RequestForm): Promise<Sent> {
  const answer =
    form.source === "magnet"
      ? api.POST("/api/v1/requests", { body: { ...film, magnet: form.magnet } })
      : api.POST("/api/v1/requests", { body: film, bodySerializer: () => multipart(film, form.file) });
  const request = await call(answer);
  const { response } = await answer;
  return { request, isNew: response.status === 201 };
}

function multipart(film: Film, file: File | null): FormData {
  const body = new FormData();
  for (const [name, value] of Object.entries(film)) body.append(name, String(value));
  if (file) body.append("torrent", file);
  return body;
}
