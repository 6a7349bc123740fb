import type { CSSProperties } from "react";
import { Toaster } from "sonner";

const LOOK = {
  "--normal-bg": "var(--raised)",
  "--normal-text": "var(--text)",
  "--normal-border": "var(--line)",
  "--border-radius": "10px",
  fontFamily: "var(--font-sans)",
} as CSSProperties;

export function Toasts() {
  return <Toaster position="bottom-right" offset={16} mobileOffset={{ bottom: 76 }} style={LOOK} />;
}
