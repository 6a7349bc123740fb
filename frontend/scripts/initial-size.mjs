// Prints the JavaScript a first visit to Home loads (the entry and everything it imports statically),
// and fails the build when it is over the budget.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const BUDGET_KB = 150;
const dist = new URL("../dist/", import.meta.url);
const manifest = JSON.parse(readFileSync(new URL(".vite/manifest.json", dist), "utf8"));

const seen = new Set();
const visit = (key) => {
  if (seen.has(key)) return;
  seen.add(key);
  for (const child of manifest[key].imports ?? []) visit(child);
};
visit("index.html");
// Home is a lazy route as well, and the first thing a member sees.
visit("src/features/library/HomePage.tsx");

const gzipKb = (file) => gzipSync(readFileSync(new URL(file, dist))).length / 1000;
const files = [...seen].map((key) => manifest[key].file).filter((file) => file.endsWith(".js"));
const total = files.reduce((sum, file) => sum + gzipKb(file), 0);
for (const file of files) console.log(`  ${gzipKb(file).toFixed(1).padStart(6)} kB gzip  ${file}`);
console.log(`initial JavaScript: ${total.toFixed(1)} kB gzip (budget ${BUDGET_KB} kB)`);
if (total > BUDGET_KB) process.exit(1);
