// The timeline's live end: it follows while the end is in view, otherwise a pill counts what came.
const NEAR_PX = 48;
let unseen = 0;
let known = new Map(); // how many events each row stood for
let following = false;
let place = null; // where a person reads, before other rows come

const pane = () => document.getElementById("timeline-pane");
const rows = () => [...(pane()?.querySelectorAll(".ev") ?? [])];
const counts = () => new Map(rows().map((row) => [row.id, Number(row.dataset.events ?? 1)]));
const chosen = () => document.querySelector(".sub .is-selected") ?? document.querySelector(".ev.is-selected");

function box() {
  const found = pane();
  if (!found) return null;
  return found.scrollHeight > found.clientHeight + 1 && getComputedStyle(found).overflowY !== "visible"
    ? found
    : document.scrollingElement;
}

function isAtEnd() {
  const found = box();
  if (!found || pane().dataset.tail !== "end") return false;
  if (found === pane()) return found.scrollHeight - found.scrollTop - found.clientHeight < NEAR_PX;
  return pane().getBoundingClientRect().bottom < innerHeight + NEAR_PX;
}

function toEnd() {
  const found = box();
  if (found === pane()) found.scrollTop = found.scrollHeight;
  else rows().at(-1)?.scrollIntoView({ block: "nearest" });
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
  known = counts();
  show();
}

function beginAtEnd() {
  begin();
  if (pane()?.dataset.tail === "end" && box() === pane()) toEnd();
}

function notePlace() {
  following = isAtEnd();
  const top = box() === pane() ? pane()?.getBoundingClientRect().top : 0;
  const row = rows().find((one) => one.getBoundingClientRect().bottom > top);
  place = row ? { id: row.id, top: row.getBoundingClientRect().top, chosen: chosen()?.id } : null;
}

// What was read stays where it was, and what was chosen comes into view.
function restorePlace() {
  if (!place) {
    beginAtEnd();
    return;
  }
  begin();
  if (following && pane()?.dataset.tail === "end") {
    toEnd();
    return;
  }
  const row = document.getElementById(place.id);
  if (row && pane()) box().scrollTop += row.getBoundingClientRect().top - place.top;
  if (chosen() && chosen().id !== place.chosen) chosen().scrollIntoView({ block: "nearest" });
}

// A permalink's event may not be among the newest rows: the server has it.
function arrive() {
  const named = location.hash.slice(1);
  if (pane() && /^\w+$/.test(named)) {
    const url = new URL(location.href);
    url.hash = "";
    url.searchParams.set("event", named);
    location.replace(url);
    return;
  }
  beginAtEnd();
  chosen()?.scrollIntoView({ block: "center" });
}

// What somebody reads is not taken from under their eyes when newer rows push it out at the top.
const ROWS = ".tgroup, .evs, .ev";
export function keepRead(old, fresh) {
  if (!old.closest("[data-reading]")) return;
  for (const box of [old, ...old.querySelectorAll(".tgroup, .evs")]) {
    const now = box === old ? fresh : fresh.querySelector(`#${CSS.escape(box.id)}`);
    const there = [...(now?.children ?? [])].filter((one) => one.matches(ROWS));
    const ids = new Set(there.map((one) => one.id));
    const before = [...box.children].filter((one) => one.matches(ROWS));
    const first = before.findIndex((one) => ids.has(one.id));
    for (const one of before.slice(0, Math.max(0, first))) now.insertBefore(one.cloneNode(true), there[0]);
  }
}

document.addEventListener("maestro:before", () => {
  following = isAtEnd();
  if (pane()?.dataset.tail === "end") pane().toggleAttribute("data-reading", !following);
});

document.addEventListener("maestro:shown", () => {
  const now = counts();
  if (following) toEnd();
  else if (pane()?.dataset.tail) for (const [id, count] of now) unseen += Math.max(0, count - (known.get(id) ?? 0));
  known = now;
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
document.addEventListener("htmx:beforeSwap", notePlace);
document.addEventListener("htmx:afterSwap", restorePlace);
document.addEventListener("DOMContentLoaded", arrive);
