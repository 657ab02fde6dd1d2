// The theme switch; the server renders the choice from a cookie, so no page flashes.
const root = document.documentElement;

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-set-theme]");
  if (!button) return;
  const theme = button.dataset.setTheme;
  if (theme === "system") delete root.dataset.theme;
  else root.dataset.theme = theme;
  document.cookie = `maestro_theme=${theme}; path=/; max-age=31536000; samesite=strict`;
  for (const other of document.querySelectorAll("[data-set-theme][aria-pressed]")) {
    other.setAttribute("aria-pressed", String(other.dataset.setTheme === theme));
  }
});
