import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, it } from "vitest";
import { loadFilmWords } from "@/lib/i18n";
import { renderAt } from "@/test/render";
import { RoomSession } from "../room-session";
import { RoomContext } from "../use-room";
import { RemoteLink } from "./RemoteLink";

beforeEach(() => loadFilmWords());

async function show(guest: boolean): Promise<void> {
  const session = new RoomSession("r1", { offline: "" });
  session.store.setState({ you: { id: "me", name: "Me", role: "member", guest, can: [] } });
  await renderAt("/room/r1", "/room/$id", () => (
    <RoomContext value={session}>
      <RemoteLink />
    </RoomContext>
  ));
}

it("shows a code for another device of the same person", async () => {
  await show(false);
  await userEvent.click(screen.getByRole("button", { name: "Use a phone as remote" }));
  expect(screen.getByTitle("The address of the remote as a QR code")).toBeInTheDocument();
});

it("leads guests, whom no other device knows, to the remote on this one", async () => {
  await show(true);
  expect(screen.getByRole("link", { name: "Use this device as remote" })).toBeInTheDocument();
  expect(screen.queryByRole("button")).toBeNull();
});
