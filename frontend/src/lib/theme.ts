/** Dark, light, or what the system says. public/theme-1.js applies the same choice before the first paint. */
export type Theme = "dark" | "light" | "system";

const KEY = "matinee.theme";
const lightQuery = window.matchMedia?.("(prefers-color-scheme: light)");

export function storedTheme(): Theme {
  const value = localStorage.getItem(KEY);
  return value === "light" || value === "system" ? value : "dark";
}

export function chooseTheme(theme: Theme): void {
  localStorage.setItem(KEY, theme);
  applyTheme();
}

export function applyTheme(): void {
  const theme = storedTheme();
  const isLight = theme === "light" || (theme === "system" && Boolean(lightQuery?.matches));
  document.documentElement.dataset.theme = isLight ? "light" : "dark";
  const ground = getComputedStyle(document.documentElement).getPropertyValue("--ground").trim();
  document.querySelector('meta[name="theme-color"]')?.setAttribute("content", ground);
}

lightQuery?.addEventListener?.("change", applyTheme);
