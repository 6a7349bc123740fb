/** What the server would refuse is said before anything is sent. Pure. */

export const LARGEST_FILE_BYTES = 2 * 1024 * 1024;
const KINDS = /\.(srt|ass|ssa|vtt)$/i;

export type FileFault = "file_missing" | "file_kind" | "file_large" | "file_empty";

export function faultOf(file: Pick<File, "name" | "size"> | null): FileFault | null {
  if (file === null) return "file_missing";
  if (!KINDS.test(file.name)) return "file_kind";
  if (file.size === 0) return "file_empty";
  return file.size > LARGEST_FILE_BYTES ? "file_large" : null;
}
