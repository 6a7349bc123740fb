import { fileURLToPath } from "node:url";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const backend = process.env.MATINEE_BACKEND ?? "http://127.0.0.1:8000";

const EVERYWHERE =
  /node_modules\/(react|react-dom|scheduler|@tanstack|i18next|react-i18next|openapi-fetch|clsx|use-sync-external-store)\//;

export default defineConfig({
  plugins: [react(), tailwindcss()],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  build: {
    outDir: "dist",
    manifest: true,
    target: "es2022",
    reportCompressedSize: false,
    // hls.js alone is larger than the default limit; scripts/initial-size.mjs guards what a first visit loads.
    chunkSizeWarningLimit: 900,
    rolldownOptions: {
      // What every page needs stays in one file: it compresses better, and survives a change of our own code in caches.
      output: { codeSplitting: { groups: [{ name: "vendor", test: EVERYWHERE }] } },
    },
  },
  server: {
    proxy: {
      "/api": backend,
      "/media": backend,
      "/artwork": backend,
      "/ws": { target: backend, ws: true },
    },
  },
  test: {
    environment: "jsdom",
    pool: "vmThreads", // one jsdom per worker instead of one per file
    setupFiles: ["src/test/setup.ts"],
    testTimeout: 20_000, // simulations share two cores with everything else
    include: ["src/**/*.test.{ts,tsx}"],
    css: false,
  },
});
