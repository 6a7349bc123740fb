import { Mic, MicOff, PhoneOff } from "lucide-react";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/Button";
import { cx } from "@/components/ui/cx";
import { useRoomState } from "../use-room";
import { useVoice, useVoiceState } from "./use-voice";

/** Talking to each other: join, speak, leave. */
export function VoiceBar() {
  const { t } = useTranslation();
  const mayTalk = useRoomState((state) => state.you?.can.includes("voice") ?? false);
  const isOn = useVoiceState((state) => state.status === "on");
  if (!mayTalk) return null;
  return (
    <section aria-label={t("voice.title")} className="shrink-0 border-line border-b px-3 py-2">
      {isOn ? <Talking /> : <NotTalking />}
    </section>
  );
}

function NotTalking() {
  const { t } = useTranslation();
  const voice = useVoice();
  const count = useVoiceState((state) => state.who.length);
  const isJoining = useVoiceState((state) => state.status === "joining");
  const refusal = useVoiceState((state) => state.refusal);
  return (
    <>
      <div className="flex items-center gap-3">
        <Button size="sm" busy={isJoining} data-testid="voice-join" onClick={() => void voice.join()}>
          <Mic aria-hidden className="size-4" />
          {t("voice.join")}
        </Button>
        {count > 0 && <p className="text-muted text-xs">{t("voice.company", { count })}</p>}
      </div>
      {refusal !== null && (
        <p role="alert" className="mt-2 text-bad text-xs">
          {t(`voice.refused.${refusal}`, { address: window.location.host })}
        </p>
      )}
    </>
  );
}

function Talking() {
  const { t } = useTranslation();
  const voice = useVoice();
  const mode = useVoiceState((state) => state.mode);
  return (
    <div className="flex flex-wrap items-center gap-2">
      {mode === "hold" ? <HoldButton /> : <MuteButton />}
      <Meter />
      <label className="flex h-8 items-center gap-1.5 text-xs">
        <input
          type="checkbox"
          className="size-4 accent-accent"
          checked={mode === "open"}
          onChange={(event) => voice.setMode(event.currentTarget.checked ? "open" : "hold")}
        />
        {t("voice.open_mic")}
      </label>
      <Button
        variant="ghost"
        size="sm"
        data-testid="voice-leave"
        aria-label={t("voice.leave")}
        title={t("voice.leave")}
        className="ml-auto"
        onClick={() => voice.leave()}
      >
        <PhoneOff aria-hidden className="size-4" />
      </Button>
    </div>
  );
}

function HoldButton() {
  const { t } = useTranslation();
  const voice = useVoice();
  const isHeld = useVoiceState((state) => state.isHeld);
  useEffect(() => () => voice.hold(false), [voice]);
  return (
    <Button
      size="sm"
      variant={isHeld ? "primary" : "secondary"}
      data-testid="voice-hold"
      aria-pressed={isHeld}
      className="touch-none"
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        voice.hold(true);
      }}
      onPointerUp={() => voice.hold(false)}
      onPointerCancel={() => voice.hold(false)}
      onContextMenu={(event) => event.preventDefault()}
      onKeyDown={(event) => event.key === " " && !event.repeat && voice.hold(true)}
      onKeyUp={(event) => event.key === " " && voice.hold(false)}
      onBlur={() => voice.hold(false)}
    >
      <Mic aria-hidden className="size-4" />
      {isHeld ? t("voice.talking") : t("voice.hold")}
    </Button>
  );
}

function MuteButton() {
  const { t } = useTranslation();
  const voice = useVoice();
  const isMuted = useVoiceState((state) => state.isMuted);
  const Icon = isMuted ? MicOff : Mic;
  return (
    <Button size="sm" aria-pressed={isMuted} data-testid="voice-mute" onClick={() => voice.setMuted(!isMuted)}>
      <Icon aria-hidden className="size-4" />
      {isMuted ? t("voice.unmute") : t("voice.mute")}
    </Button>
  );
}

const BARS = [0.15, 0.3, 0.45, 0.6, 0.75] as const;

/** What the microphone hears, so that nobody wonders whether it does. */
function Meter() {
  const level = useVoiceState((state) => BARS.filter((bar) => state.level >= bar).length);
  const isTalking = useVoiceState((state) => state.isTalking);
  return (
    <span aria-hidden className="flex h-4 items-end gap-0.5" data-testid="voice-meter" data-level={level}>
      {BARS.map((bar, index) => (
        <span
          key={bar}
          style={{ height: `${30 + index * 17}%` }}
          className={cx("w-1 rounded-pill", index >= level ? "bg-line" : isTalking ? "bg-good" : "bg-muted")}
        />
      ))}
    </span>
  );
}
