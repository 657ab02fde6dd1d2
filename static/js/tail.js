// The timeline's live end: it follows while the end is in view, otherwise a pill counts what came.
const NEAR_PX = 48;
let unseen = 0;
let rows = 0;
let following = false;

const pane = () => document.getElementById("timeline-pane");

function box() {
  const found = pane();
  if (!found) return null;
  return found.scrollHeight > found.clientHeight + 1 && getComputedStyle(found).overflowY !== "visible"
    ? found
    : document.scrollingElement;
}

const count = () => pane()?.querySelectorAll(".ev").length ?? 0;

function isAtEnd() {
  const found = box();
  if (!found) return false;
  if (found === pane()) return found.scrollHeight - found.scrollTop - found.clientHeight < NEAR_PX;
  return pane().getBoundingClientRect().bottom < innerHeight + NEAR_PX;
}

function toEnd() {
  const found = box();
  if (found === pane()) found.scrollTop = found.scrollHeight;
  else pane()?.querySelector(".ev:last-child")?.scrollIntoView({ block: "nearest" });
  unseen = 0;
  show();
}

function show() {
  const pill = pane()?.querySelector("[data-tail-pill]");
  if (!pill) return;
  pill.hidden = unseen === 0;
  pill.querySelector("[data-tail-count]").textContent = `${unseen} new`;
}

function begin() {
  unseen = 0;
  rows = count();
  following = false;
  document.querySelector(".ev.is-selected")?.scrollIntoView({ block: "center" });
  const found = pane();
  if (found?.dataset.tail === "end" && found.scrollHeight > found.clientHeight) {
    if (box() === found) toEnd();
  }
  for (const output of document.querySelectorAll("[data-at-end]")) output.scrollTop = output.scrollHeight;
  show();
}

document.addEventListener("maestro:before", () => {
  following = isAtEnd();
  for (const output of document.querySelectorAll("[data-at-end]")) {
    output.dataset.follow = String(output.scrollHeight - output.scrollTop - output.clientHeight < NEAR_PX);
  }
});

document.addEventListener("maestro:shown", () => {
  const grown = count() - rows;
  rows = count();
  if (following) toEnd();
  else if (grown > 0) unseen += grown;
  for (const output of document.querySelectorAll('[data-follow="true"]')) output.scrollTop = output.scrollHeight;
  show();
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-tail-pill]")) toEnd();
});
document.addEventListener("scroll", () => {
  if (unseen && isAtEnd()) {
    unseen = 0;
    show();
  }
}, { capture: true, passive: true });
document.addEventListener("htmx:afterSwap", begin);
document.addEventListener("DOMContentLoaded", begin);
