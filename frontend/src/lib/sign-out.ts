import type { QueryClient } from "@tanstack/react-query";
import { api } from "@/lib/api";
import { closeSession } from "@/lib/session";

/** Leave this device, or every device. Nothing of the last person stays in the cache. */
export async function signOut(client: QueryClient, { everywhere = false } = {}): Promise<void> {
  const answer = everywhere ? api.POST("/api/v1/auth/logout-all") : api.POST("/api/v1/auth/logout");
  await answer.catch(() => null); // without a network the cookie stays, but this page forgets
  closeSession();
  client.clear();
}
