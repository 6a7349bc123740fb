// Runs before the first paint so that nobody in a dark room sees a white flash.
// The file name carries a version because it is cached for a year; src/lib/theme.ts writes the same key.
(() => {
  const choice = localStorage.getItem("matinee.theme") ?? "dark";
  const prefersLight = window.matchMedia("(prefers-color-scheme: light)").matches;
  document.documentElement.dataset.theme =
    choice === "light" || (choice === "system" && prefersLight) ? "light" : "dark";
})();
