/**
 * A click to hear and a flash to see, once a second: the flash comes `delayMs` after the click left the browser, so that
 * both coincide for whoever set the delay of their loudspeakers right.
 * Invariant: nothing sounds or flashes after `stop`.
 */

const EVERY_MS = 1_000;
/** The click is planned so far ahead that a flash may come before it by the largest delay. */
const AHEAD_MS = 400;
const CLICK_S = 0.03;
const CLICK_HZ = 1_000;
const LOUDNESS = 0.4;

export function startClickTest(sound: AudioContext, delayMs: () => number, onFlash: () => void): () => void {
  let flash: number | undefined;
  const beat = (): void => {
    click(sound, sound.currentTime + AHEAD_MS / 1000);
    flash = window.setTimeout(onFlash, AHEAD_MS + delayMs());
  };
  const timer = window.setInterval(beat, EVERY_MS);
  return () => {
    window.clearInterval(timer);
    window.clearTimeout(flash);
    void sound.close();
  };
}

function click(sound: AudioContext, at: number): void {
  const tone = sound.createOscillator();
  const volume = sound.createGain();
  tone.frequency.value = CLICK_HZ;
  volume.gain.value = LOUDNESS;
  tone.connect(volume).connect(sound.destination);
  tone.start(at);
  tone.stop(at + CLICK_S);
}
