/** The chosen address, kept in one small file of the person's own profile. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { savedAddress } from "./address";

const FILE = "server.json";

export function readAddress(folder: string): string | null {
  try {
    return savedAddress(readFileSync(join(folder, FILE), "utf8"));
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}

/** Whole or not at all: a power cut leaves the old file. */
export function writeAddress(folder: string, address: string): void {
  const half = join(folder, `${FILE}.new`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(half, JSON.stringify({ address }));
  renameSync(half, join(folder, FILE));
}
