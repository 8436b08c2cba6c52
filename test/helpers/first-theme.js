/*
 * What a test has a page note before its own scripts run: the theme that it had when there first was something to see.
 */
addEventListener("DOMContentLoaded", () => {
  const look = new MutationObserver(() => {
    if (!document.querySelector("h1")) return;
    look.disconnect();
    globalThis.firstTheme = document.documentElement.dataset.theme ?? "none";
  });
  look.observe(document, { subtree: true, childList: true });
});
