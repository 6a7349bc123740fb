/** Bundles src/ into out/. A sandboxed preload can load no second file, so each entry is whole. */
import { build } from "esbuild";

const common = { bundle: true, outdir: "out", logLevel: "warning" };

await build({
  ...common,
  entryPoints: ["src/main.ts", "src/preload.ts", "src/address-preload.ts"],
  platform: "node",
  target: "node24",
  format: "cjs",
  external: ["electron"],
  outExtension: { ".js": ".cjs" },
});
await build({ ...common, entryPoints: ["src/address-page.ts"], target: "chrome140", format: "iife" });
