/** The voices of the others, each with a loudness of its own that this device remembers. */

const KEY = "matinee.voice.volumes";

export type Volumes = Readonly<Record<string, number>>;

export class Sounds {
  private readonly players = new Map<string, { uid: string; element: HTMLAudioElement }>();

  constructor(private volumes: Volumes) {}

  play(sid: string, uid: string, stream: MediaStream): void {
    this.stop(sid);
    const element = document.createElement("audio");
    element.autoplay = true;
    element.srcObject = stream;
    element.volume = this.volumes[uid] ?? 1;
    this.players.set(sid, { uid, element });
  }

  follow(volumes: Volumes): void {
    this.volumes = volumes;
    for (const { uid, element } of this.players.values()) element.volume = volumes[uid] ?? 1;
  }

  stop(sid: string): void {
    const player = this.players.get(sid);
    if (player === undefined) return;
    player.element.pause();
    player.element.srcObject = null;
    this.players.delete(sid);
  }

  stopAll(): void {
    for (const sid of [...this.players.keys()]) this.stop(sid);
  }
}

export function rememberedVolumes(): Volumes {
  try {
    const stored = JSON.parse(localStorage.getItem(KEY) ?? "{}") as Record<string, unknown>;
    const entries = Object.entries(stored).filter((entry): entry is [string, number] => isVolume(entry[1]));
    return Object.fromEntries(entries);
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}

export function rememberVolumes(volumes: Volumes): void {
  localStorage.setItem(KEY, JSON.stringify(volumes));
}

function isVolume(value: unknown): boolean {
  return typeof value === "number" && value >= 0 && value <= 1;
}
