import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { alias: { "@platform": fileURLToPath(new URL("../frontend/src/platform/platform.ts", import.meta.url)) } },
  test: { include: ["tests/**/*.test.ts"] },
});
