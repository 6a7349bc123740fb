/** How hls.js chooses qualities, but for those that the server has to make first: see made-rungs.ts. */
import Hls, { type HlsConfig } from "hls.js";
import type { MadeRungs } from "./made-rungs";

export function carefulAbr(made: MadeRungs): HlsConfig["abrController"] {
  return class extends Hls.DefaultConfig.abrController {
    override get nextAutoLevel(): number {
      const wished = super.nextAutoLevel;
      const hls: Hls | null = this.hls; // null once the player is gone
      if (hls === null) return wished;
      const top = Math.min(hls.maxAutoLevel, made.ceiling);
      const levels = hls.levels.slice(0, top + 1);
      const bufferS = hls.mainForwardBufferInfo?.len ?? 0;
      return made.instead(levels, Math.min(wished, top), {
        bufferS,
        bps: hls.bandwidthEstimate,
        nowMs: performance.now(),
      });
    }

    override set nextAutoLevel(level: number) {
      super.nextAutoLevel = level;
    }
  };
}
