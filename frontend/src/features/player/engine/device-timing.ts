/**
 * What a device knows of its own place in a room: whether other screens are within earshot, and how late its sound is.
 * Invariant: what is remembered is always usable; a value that nobody could have set is the usual one.
 */

const KEY = "matinee.sync";
/** Slow Bluetooth loudspeakers are 200 to 300 ms late; more than that is a mistake. */
export const OUTPUT_DELAY_MAX_MS = 300;

export interface DeviceTiming {
  isSameRoom: boolean;
  /** What leaves the browser is heard this much later; negative when the picture is the late one. */
  outputDelayMs: number;
}

export const USUAL_TIMING: DeviceTiming = { isSameRoom: false, outputDelayMs: 0 };

export function rememberedTiming(): DeviceTiming {
  const stored = parse(localStorage.getItem(KEY) ?? "{}");
  const delay = stored.outputDelayMs;
  const isUsable = typeof delay === "number" && Math.abs(delay) <= OUTPUT_DELAY_MAX_MS;
  return { isSameRoom: stored.isSameRoom === true, outputDelayMs: isUsable ? delay : USUAL_TIMING.outputDelayMs };
}

export function rememberTiming(timing: DeviceTiming): void {
  localStorage.setItem(KEY, JSON.stringify(timing));
}

function parse(text: string): Partial<DeviceTiming> {
  try {
    return { ...(JSON.parse(text) as Partial<DeviceTiming> | null) };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return {};
  }
}
