import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, test, vi } from "vitest";
import { LoginPage } from "@/features/auth/LoginPage";
import { RegisterPage } from "@/features/auth/RegisterPage";
import { VerifyPage } from "@/features/auth/VerifyPage";
import { closeSession, getSession } from "@/lib/session";
import { alice, json, sessionOf } from "@/test/fixtures";
import { renderAt, serve } from "@/test/render";

vi.mock("@tanstack/react-router", async (original) => {
  const router = await original<typeof import("@tanstack/react-router")>();
  // The pages name their full route; here they stand below a test shell.
  return { ...router, useSearch: () => Object.fromEntries(new URLSearchParams(testSearch)) };
});

let testSearch = "";

afterEach(() => {
  vi.unstubAllGlobals();
  closeSession();
  testSearch = "";
});

test("a wrong password is answered above the form, and nobody is signed in", async () => {
  serve({ "POST /auth/login": () => json({ code: "unauthenticated", detail: "These do not belong together." }, 401) });
  await renderAt("/login", "/login", LoginPage);
  await userEvent.type(screen.getByTestId("login-email"), "alice@example.org");
  await userEvent.type(screen.getByTestId("login-password"), "a wrong password");
  await userEvent.click(screen.getByTestId("login-submit"));
  expect(await screen.findByRole("alert")).toHaveTextContent("These do not belong together.");
  expect(getSession().status).not.toBe("signed-in");
});

test("signing in opens the session", async () => {
  serve({ "POST /auth/login": () => json(sessionOf(alice)) });
  await renderAt("/login", "/login", LoginPage);
  await userEvent.type(screen.getByTestId("login-email"), "alice@example.org");
  await userEvent.type(screen.getByTestId("login-password"), "correct horse battery");
  await userEvent.click(screen.getByTestId("login-submit"));
  await vi.waitFor(() => expect(getSession()).toMatchObject({ status: "signed-in", me: { name: "Alice" } }));
});

test("a field that the server refuses is marked where it stands", async () => {
  const problem = {
    code: "invalid",
    detail: "password: too common",
    fields: { password: "This password is too common." },
  };
  serve({ "POST /auth/register": () => json(problem, 400) });
  await renderAt("/register", "/register", RegisterPage);
  await userEvent.type(screen.getByTestId("register-name"), "Alice");
  await userEvent.type(screen.getByTestId("register-email"), "alice@example.org");
  await userEvent.type(screen.getByTestId("register-password"), "password123");
  await userEvent.click(screen.getByTestId("register-submit"));
  expect(await screen.findByText("This password is too common.")).toBeInTheDocument();
  expect(screen.getByTestId("register-password")).toHaveAttribute("aria-invalid", "true");
});

test("after registering, the page asks for the code", async () => {
  serve({ "POST /auth/register": () => json({ detail: "sent" }, 202) });
  await renderAt("/register", "/register", RegisterPage);
  await userEvent.type(screen.getByTestId("register-name"), "Alice");
  await userEvent.type(screen.getByTestId("register-email"), "alice@example.org");
  await userEvent.type(screen.getByTestId("register-password"), "correct horse battery");
  await userEvent.click(screen.getByTestId("register-submit"));
  expect(await screen.findByText("Look in your inbox")).toBeInTheDocument();
  expect(screen.getByTestId("verify-code")).toBeInTheDocument();
});

test("the link of the mail verifies, once", async () => {
  testSearch = "token=abc";
  const asked = serve({ "POST /auth/verify-email": () => json({ detail: "ok" }) });
  await renderAt("/verify?token=abc", "/verify", VerifyPage);
  expect(await screen.findByText("Your email is verified")).toBeInTheDocument();
  expect(asked.filter((path) => path === "POST /auth/verify-email")).toHaveLength(1);
});

test("a used link says so and offers the code", async () => {
  testSearch = "token=old";
  serve({ "POST /auth/verify-email": () => json({ code: "invalid", detail: "This link was used already." }, 400) });
  await renderAt("/verify?token=old", "/verify", VerifyPage);
  expect(await screen.findByText("This link was used already.")).toBeInTheDocument();
  expect(screen.getByTestId("verify-code")).toBeInTheDocument();
});
