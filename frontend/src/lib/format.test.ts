import { expect, test } from "vitest";
import { deviceName } from "@/lib/device";
import {
  daysUntil,
  formatAgo,
  formatBytes,
  formatClock,
  formatEta,
  formatRuntime,
  formatShare,
  formatSpeed,
} from "@/lib/format";

test.each([
  [0, "0:00"],
  [2530, "42:10"],
  [3730.9, "1:02:10"],
  [-4, "0:00"],
])("the clock says %d s as %s", (seconds, words) => expect(formatClock(seconds)).toBe(words));

test.each([
  [94, "1 h 34 min"],
  [60, "1 h"],
  [45, "45 min"],
  [0, "0 min"],
])("a runtime of %d min reads %s", (minutes, words) => expect(formatRuntime(minutes)).toBe(words));

test.each([
  [0, "0 %"],
  [0.414, "41 %"],
  [0.9999, "99 %"],
  [1, "100 %"],
])("a share of %d reads %s and never claims to be done early", (share, words) =>
  expect(formatShare(share)).toBe(words),
);

test.each([
  [3_200_000, "3.2 MB/s"],
  [64_000, "64 kB/s"],
])("a speed of %d reads %s", (speed, words) => expect(formatSpeed(speed)).toBe(words));

test.each([
  [0.2, "1 s"],
  [40, "40 s"],
  [720, "12 min"],
  [9000, "3 h"],
  [172_800, "2 d"],
])("%d s left reads %s", (seconds, words) => expect(formatEta(seconds)).toBe(words));

test.each([
  [0, "0 bytes"],
  [640, "640 bytes"],
  [64_000, "64.0 kB"],
  [999_900, "1.0 MB"],
  [1_420_000_000, "1.4 GB"],
  [250_000_000_000, "250 GB"],
])("%d bytes read %s", (bytes, words) => expect(formatBytes(bytes)).toBe(words));

test("days are counted up, and the last one is today", () => {
  const now = Date.parse("2026-01-02T12:00:00Z");
  expect(daysUntil("2026-01-05T11:00:00Z", now)).toBe(3);
  expect(daysUntil("2026-01-03T11:00:00Z", now)).toBe(0);
  expect(daysUntil("2026-01-01T11:00:00Z", now)).toBe(0);
});

test("times are told from now", () => {
  const now = Date.parse("2026-01-02T12:00:00Z");
  expect(formatAgo("2026-01-02T11:59:40Z", now)).toBe("now");
  expect(formatAgo("2026-01-02T09:00:00Z", now)).toBe("3 hours ago");
  expect(formatAgo("2026-01-01T11:00:00Z", now)).toBe("yesterday");
});

test("devices are recognised by browser and system", () => {
  expect(deviceName("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36")).toBe(
    "Chrome on Linux",
  );
  expect(deviceName("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1")).toBe(
    "Safari on iOS",
  );
  expect(deviceName("curl/8")).toBeNull();
});
