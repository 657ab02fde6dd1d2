// New rows of the log wait at its upper edge while somebody reads further down.
const AWAY_PX = -40;
const fresh = new Set();

const log = () => document.getElementById("activity");

function show() {
  const pill = document.querySelector("[data-new-pill]");
  if (!pill) return;
  pill.hidden = fresh.size === 0;
  pill.querySelector("[data-new-count]").textContent = `${fresh.size} new`;
}

function release() {
  log().removeAttribute("data-held");
  if (!fresh.size) return;
  fresh.clear();
  show();
  document.dispatchEvent(new CustomEvent("maestro:stale"));
}

function look() {
  if (!log()) return;
  if (log().getBoundingClientRect().top < AWAY_PX) log().setAttribute("data-held", "");
  else if (log().hasAttribute("data-held")) release();
}

document.addEventListener("maestro:held", (event) => {
  for (const row of event.detail.querySelectorAll("[data-row]")) {
    if (!document.getElementById(row.id)) fresh.add(row.id);
  }
  show();
});

document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-new-pill]")) return;
  scrollTo({ top: 0 });
  release();
});
document.addEventListener("scroll", look, { passive: true });
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target?.id !== "main") return;
  fresh.clear();
  show();
  look();
});
document.addEventListener("DOMContentLoaded", look);
