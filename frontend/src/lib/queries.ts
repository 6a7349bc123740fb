/** Every cached answer of the server has its key here and nowhere else, so that socket frames can write into it. */
import { infiniteQueryOptions, type QueryClient, queryOptions } from "@tanstack/react-query";
import { api, call } from "@/lib/api";

export const keys = {
  library: ["library"],
  requests: ["requests"],
  notifications: ["notifications"],
  unread: ["unread"],
  watchLater: ["watch-later"],
  rooms: ["rooms"],
  sessions: ["sessions"],
  outbox: ["outbox"],
  storage: ["storage"],
  jobs: ["jobs"],
  liveRooms: ["live-rooms"],
  title: (id: string) => ["title", id],
  progress: (id: string) => ["progress", id],
  search: (q: string) => ["search", q],
  roomHistory: ["room-history"],
  roomFilms: (room: string, q: string) => ["room-films", room, q],
} as const;

export const libraryQuery = queryOptions({
  queryKey: keys.library,
  queryFn: () => call(api.GET("/api/v1/library")),
});

export const titleQuery = (id: string) =>
  queryOptions({
    queryKey: keys.title(id),
    queryFn: () => call(api.GET("/api/v1/titles/{title_id}", { params: { path: { title_id: id } } })),
  });

export const progressQuery = (title: string) =>
  queryOptions({
    queryKey: keys.progress(title),
    queryFn: () => call(api.GET("/api/v1/progress/{title_id}", { params: { path: { title_id: title } } })),
    staleTime: 0, // the player moves it
  });

export const searchQuery = (q: string) =>
  queryOptions({
    queryKey: keys.search(q),
    queryFn: ({ signal }) => call(api.GET("/api/v1/search", { params: { query: { q } }, signal })),
    staleTime: 60_000,
    placeholderData: (previous) => previous, // keep the last hits while the next letters are looked up
  });

/** The cursor lives in the `next` address that the server hands out. */
export function cursorOf(next: string | null | undefined): string | undefined {
  if (!next) return undefined;
  return new URL(next, window.location.origin).searchParams.get("cursor") ?? undefined;
}

const cursorQuery = (cursor: string | undefined) => ({ params: { query: cursor ? { cursor } : {} } });

export const requestsQuery = infiniteQueryOptions({
  queryKey: keys.requests,
  queryFn: ({ pageParam }) => call(api.GET("/api/v1/requests", cursorQuery(pageParam))),
  initialPageParam: undefined as string | undefined,
  getNextPageParam: (page) => cursorOf(page.next),
});

export const notificationsQuery = infiniteQueryOptions({
  queryKey: keys.notifications,
  queryFn: ({ pageParam }) => call(api.GET("/api/v1/notifications", cursorQuery(pageParam))),
  initialPageParam: undefined as string | undefined,
  getNextPageParam: (page) => cursorOf(page.next),
});

export const watchLaterQuery = queryOptions({
  queryKey: keys.watchLater,
  queryFn: () => call(api.GET("/api/v1/watch-later")),
});

export const roomsQuery = infiniteQueryOptions({
  queryKey: keys.rooms,
  queryFn: ({ pageParam }) => call(api.GET("/api/v1/rooms", cursorQuery(pageParam))),
  initialPageParam: undefined as string | undefined,
  getNextPageParam: (page) => cursorOf(page.next),
});

export const roomHistoryQuery = infiniteQueryOptions({
  queryKey: keys.roomHistory,
  queryFn: ({ pageParam }) => call(api.GET("/api/v1/rooms/history", cursorQuery(pageParam))),
  initialPageParam: undefined as string | undefined,
  getNextPageParam: (page) => cursorOf(page.next),
});

/** Films that a room can watch; without words the newest. */
export const roomFilmsQuery = (room: string, q: string) =>
  queryOptions({
    queryKey: keys.roomFilms(room, q),
    queryFn: ({ signal }) =>
      call(
        api.GET("/api/v1/rooms/{room_id}/films", {
          params: { path: { room_id: room }, query: q === "" ? {} : { q } },
          signal,
        }),
      ),
    staleTime: 15_000,
    placeholderData: (previous) => previous,
  });

/** A different person may sit here now: forget everything that belonged to the last one. */
export function forgetPerson(client: QueryClient): void {
  client.clear();
}
