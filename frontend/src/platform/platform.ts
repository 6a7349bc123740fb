/** What the pages ask of the program they run in. A browser and the desktop window each answer in their own way. */
export interface Platform {
  /** A browser writes to the clipboard only for pages served over https or from this machine. */
  readonly canCopy: boolean;
  copyText(text: string): Promise<void>;
  /** Keep the screen on, or let it sleep again. A refusal (low battery, say) is the system's to decide. */
  keepAwake(isNeeded: boolean): Promise<void>;
}
