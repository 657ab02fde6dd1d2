// Keys that work on every page: rows, the list of keys, and the way to other pages.
import { openPalette } from "./palette.js";

const GO_WITHIN_MS = 1500;
const TYPED_INTO = "input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable], .xterm";
let goSince = -Infinity;

const linkOf = (row) => row.querySelector("a[href]:not(.iconbtn)");
const rows = () => [...document.querySelectorAll("#main [data-row]")].filter((row) => row.offsetParent && linkOf(row));

function step(by) {
  const all = rows();
  if (!all.length) return;
  const here = all.findIndex((row) => row.contains(document.activeElement));
  const there = here < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(Math.max(here + by, 0), all.length - 1);
  linkOf(all[there]).focus({ focusVisible: true, preventScroll: true });
  all[there].scrollIntoView({ block: "nearest" });
}

function go(key) {
  goSince = -Infinity;
  document.querySelector(`[data-go="${key}"]`)?.click();
}

const acts = {
  j: () => step(1),
  k: () => step(-1),
  g: () => { goSince = performance.now(); },
  "?": () => document.getElementById("keys")?.showModal(),
  "/": () => openPalette(),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (event.target.closest?.(TYPED_INTO) || document.querySelector("dialog:modal")) return;
  if (performance.now() - goSince < GO_WITHIN_MS && /^[a-z]$/.test(event.key)) {
    event.preventDefault();
    go(event.key);
    return;
  }
  if (!Object.hasOwn(acts, event.key)) return;
  event.preventDefault();
  acts[event.key]();
});
