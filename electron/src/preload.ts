/** Runs sandboxed before the server's pages: gives them the platform interface and nothing more. */
import type { Platform } from "@platform";
import { contextBridge, ipcRenderer } from "electron";
import { COPY_TEXT, KEEP_AWAKE } from "./channels";

const platform: Platform = {
  canCopy: true,
  copyText: (text) => ipcRenderer.invoke(COPY_TEXT, text),
  keepAwake: (isNeeded) => ipcRenderer.invoke(KEEP_AWAKE, isNeeded),
};

contextBridge.exposeInMainWorld("matinee", platform);
