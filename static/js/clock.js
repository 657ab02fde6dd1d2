// Elapsed times count on by themselves, all together, once a second.
const NBSP = "\u00a0";
const skewMs = (() => {
  const found = Number(document.documentElement.dataset.now) - Date.now();
  return Math.abs(found) > 5000 ? found : 0;
})();

export const now = () => Date.now() + skewMs;

function figures(seconds) {
  const two = (number) => String(number).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  return hours ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

function words(seconds) {
  const units = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]];
  for (let index = 0; index < units.length - 1; index += 1) {
    const [size, name] = units[index];
    const [smaller, smallerName] = units[index + 1];
    if (seconds < size) continue;
    const rest = Math.floor((seconds % size) / smaller);
    return `${Math.floor(seconds / size)}${NBSP}${name}${rest ? ` ${rest}${NBSP}${smallerName}` : ""}`;
  }
  return `${seconds}${NBSP}s`;
}

const forms = { figures, words, ago: (seconds) => `${words(seconds)} ago` };

export function tick() {
  const at = now();
  for (const element of document.querySelectorAll("[data-since]")) {
    const seconds = Math.max(0, Math.floor((at - Number(element.dataset.since)) / 1000));
    const text = forms[element.dataset.as](seconds);
    if (element.textContent !== text) element.textContent = text;
  }
}

function rememberZone() {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
  const said = `maestro_zone=${encodeURIComponent(zone).replaceAll("%2F", "/")}`;
  const known = document.cookie.split("; ").includes(said);
  document.cookie = `${said}; path=/; max-age=31536000; samesite=strict`;
  if (!known && zone !== "UTC") document.dispatchEvent(new CustomEvent("maestro:stale"));
}

setInterval(tick, 1000);
document.addEventListener("htmx:afterSwap", tick);
document.addEventListener("DOMContentLoaded", rememberZone);
