/** What pages keep in their address behind the `?`. */
export type SearchFilter = "all" | "ready" | "requestable";
export type NewRequestSearch = { title?: string; name?: string; year?: string; tmdb?: number };
