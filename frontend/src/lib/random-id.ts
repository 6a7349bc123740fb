/**
 * A random UUID. `crypto.randomUUID` exists only on pages that came over HTTPS or from this machine itself, and a
 * server at home is opened as http://192.168.1.20:8000 by everybody else.
 */
export function randomId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const [version, variant] = [bytes[6] ?? 0, bytes[8] ?? 0];
  bytes[6] = (version & 0x0f) | 0x40;
  bytes[8] = (variant & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
