import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { type PlayerHandle, usePlayer, usePlayerState } from "../context";

const REFRESH_MS = 500;

function readStats({ video, store, kbps }: PlayerHandle) {
  const { levels, activeLevel, buffered } = store.getState();
  const level = levels.find(({ id }) => id === activeLevel);
  const ahead = buffered.find(({ start, end }) => start <= video.currentTime && video.currentTime <= end);
  const { droppedVideoFrames, totalVideoFrames } = video.getVideoPlaybackQuality();
  return {
    picture: `${video.videoWidth}×${video.videoHeight}`,
    level: level ? `${level.height}p, ${level.kbps} kbit/s` : "–",
    line: kbps() > 0 ? `${(kbps() / 1000).toFixed(1)} Mbit/s` : "–",
    buffer: `${Math.max(0, (ahead?.end ?? video.currentTime) - video.currentTime).toFixed(1)} s`,
    frames: `${droppedVideoFrames} / ${totalVideoFrames}`,
  };
}

/** For those who want to know: quality, line and buffer, twice a second. */
export function StatsPanel() {
  const { t } = useTranslation();
  const handle = usePlayer();
  const rate = usePlayerState((state) => state.rate);
  const [stats, setStats] = useState(() => readStats(handle));
  useEffect(() => {
    const timer = window.setInterval(() => setStats(readStats(handle)), REFRESH_MS);
    return () => window.clearInterval(timer);
  }, [handle]);
  const rows = [
    ["picture", stats.picture],
    ["quality", stats.level],
    ["line", stats.line],
    ["buffer", stats.buffer],
    ["dropped", stats.frames],
    ["rate", `${rate.toFixed(3)}×`],
  ] as const;
  return (
    <dl className="pointer-events-none absolute top-16 left-4 z-20 grid grid-cols-[auto_auto] gap-x-4 gap-y-0.5 rounded-card bg-scrim-strong px-3 py-2 text-xs tabular-nums">
      {rows.map(([label, value]) => (
        <div key={label} className="contents">
          <dt className="text-on-film-muted">{t(`player.stats.${label}`)}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
