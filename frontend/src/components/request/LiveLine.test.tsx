import { render, screen } from "@testing-library/react";
import { expect, test } from "vitest";
import { LiveLine } from "@/components/request/LiveLine";
import { request } from "@/test/fixtures";

test("says of each rendition how far it is, and of those in work how fast", () => {
  const live = [
    { name: "v480", share: 0.63, speed: 2.34, eta_s: 240 },
    { name: "v720", share: 0.2, speed: null, eta_s: null },
  ];
  const made = { ...request, state: "packaging", eta_s: null, rungs: { v480: 0.63, v720: 0.2, "v-src": 1 } } as const;
  render(<LiveLine request={{ ...made, live }} />);
  expect(screen.getByText("41 % · As uploaded done · 720p 20 % · 480p 63 %, 2.3×, 4 min left")).toBeInTheDocument();
});
