/** The words of talking to each other in a room. */
export const voice = {
  title: "Voice",
  join: "Join voice",
  leave: "Leave voice",
  company_one: "One person is in voice",
  company_other: "{{count}} people are in voice",
  hold: "Hold to talk",
  hold_key: "Hold to talk, in voice",
  talking: "You are heard",
  open_mic: "Open mic",
  mute: "Mute",
  unmute: "Unmute",
  speaks: "{{name}} speaks",
  volume_of: "How loud {{name}} is",
  refused: {
    insecure:
      "Browsers give pages on plain http no microphone. Open Matinee on https, or on this machine as localhost; in Chrome the operator of this device may also allow http://{{address}} under chrome://flags/#unsafely-treat-insecure-origin-as-secure.",
    denied: "The microphone was refused. Allow it beside the address of this page, then join again.",
    missing: "No microphone was found. Plug one in, then join again.",
    busy: "Another program holds the microphone. Close it, then join again.",
    server: "The server did not answer. Try again in a moment.",
  },
} as const;
