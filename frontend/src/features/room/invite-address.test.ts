import { describe, expect, it } from "vitest";
import { inviteAddress } from "./invite-address";

const at = (origin: string) => ({ origin, hostname: new URL(origin).hostname });

describe("the address of an invite", () => {
  it("is one that others can reach when the server knows itself as localhost only", () => {
    for (const own of ["http://localhost:8000", "http://127.0.0.1:8000", "http://[::1]:8000"])
      expect(inviteAddress(`${own}/join/abc`, at("http://192.168.1.20:8000"))).toBe(
        "http://192.168.1.20:8000/join/abc",
      );
  });

  it("is the server's own where it has one", () => {
    const url = "https://cinema.example/join/abc";
    expect(inviteAddress(url, at("http://192.168.1.20:8000"))).toBe(url);
  });

  it("stays as it is on the machine itself", () => {
    const url = "http://localhost:8000/join/abc";
    expect(inviteAddress(url, at("http://127.0.0.1:8000"))).toBe(url);
  });
});
