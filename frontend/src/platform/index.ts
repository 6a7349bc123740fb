import { electronPlatform } from "./electron";
import type { Platform } from "./platform";
import { webPlatform } from "./web";

export const platform: Platform = electronPlatform() ?? webPlatform();
