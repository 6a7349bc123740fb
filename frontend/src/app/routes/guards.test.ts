import { afterEach, expect, it } from "vitest";
import { closeSession, openSession } from "@/lib/session";
import type { Session } from "@/types/schemas";
import { requirePerson } from "./guards";

const guest = { access: "token", user: { id: "g", name: "Bob", is_guest: true, room_id: "r1" } } as unknown as Session;

const open = (pathname: string) => requirePerson({ location: { href: pathname, pathname } });

afterEach(() => closeSession());

it.each(["/room/r1", "/room/r1/remote"])("lets a guest into %s of their own room", async (address) => {
  openSession(guest);
  await expect(open(address)).resolves.toBeUndefined();
});

it.each(["/room/r2", "/room/r2/remote", "/watch/t1"])("sends a guest from %s back to their room", async (address) => {
  openSession(guest);
  await expect(open(address)).rejects.toMatchObject({ options: { to: "/room/$id", params: { id: "r1" } } });
});

it("asks whoever is signed out to sign in first", async () => {
  closeSession();
  await expect(open("/room/r1/remote")).rejects.toMatchObject({
    options: { to: "/login", search: { next: "/room/r1/remote" } },
  });
});
