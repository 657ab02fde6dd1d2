// The chart is drawn by the server for the measured width; here are its keys, tooltip and scroll.
import { zoomTo } from "./chart-zoom.js";

const { htmx } = window;
// A telephone's plot is wider than it and scrolls; elsewhere it is as wide as there is room.
const MIN_WIDTH = { narrow: 600, wide: 320 };
const SMALL_CHANGE_PX = 12;

const scroller = () => document.getElementById("chart-scroll");
const isScore = () => Boolean(document.getElementById("score"));
const isNarrow = () => matchMedia("(max-width: 639.9px)").matches;

function size() {
  const width = Math.max(isNarrow() ? MIN_WIDTH.narrow : MIN_WIDTH.wide, Math.floor(scroller().clientWidth));
  return { w: width, narrow: isNarrow() ? 1 : 0 };
}

export function topicOf(name) {
  if (!/^(session:|tree:|activity)/.test(name) || !scroller()) return name;
  const { w, narrow } = size();
  return `${name}${name.includes("?") ? "&" : "?"}w=${w}${narrow ? "&narrow=1" : ""}`;
}

function measure() {
  if (!scroller()) return;
  const { w, narrow } = size();
  document.cookie = `${scroller().dataset.sizeCookie ?? "maestro_plot"}=${w}${narrow ? "n" : ""}; path=/; max-age=31536000; samesite=strict`;
  const drawn = Number(scroller().dataset.width);
  const isDrawnNarrow = scroller().parentElement.classList.contains("chart--narrow");
  if (Math.abs(drawn - w) > SMALL_CHANGE_PX || isDrawnNarrow !== Boolean(narrow)) {
    document.dispatchEvent(new CustomEvent("maestro:stale"));
  }
}

// In a score ids of events are known by their session's too.
const sessionOf = (mark) => mark.closest("[data-session]")?.dataset.session;
const keyOf = (mark) => {
  const { event } = mark.dataset;
  return event && isScore() ? `${sessionOf(mark)}/${event}` : event;
};

const marks = () => [...document.querySelectorAll("#chart-plot .evt")];
const middle = (mark) => {
  const place = mark.getBoundingClientRect();
  return { x: place.left + place.width / 2, y: place.top + place.height / 2 };
};

// By what a mark is known when all of it is drawn anew.
const knownAs = (mark) => [
  mark.closest("[data-lane]")?.dataset.lane, mark.dataset.event ?? mark.getAttribute("aria-label").split(",")[0], mark.querySelector("use")?.getAttribute("href"),
].join(" ");

function rove() {
  const all = marks();
  if (!all.length) return;
  const current = all.find((mark) => mark === document.activeElement)
    ?? all.find((mark) => mark.dataset.event && keyOf(mark) === scroller().dataset.selected);
  for (const mark of all) mark.setAttribute("tabindex", mark === (current ?? all[0]) ? "0" : "-1");
  for (const mark of all) {
    const chosen = Boolean(mark.dataset.event) && keyOf(mark) === scroller().dataset.selected;
    mark.classList.toggle("is-focus", chosen);
  }
}

function next(mark, key) {
  const here = middle(mark);
  const sideways = key === "ArrowLeft" || key === "ArrowRight";
  const sign = key === "ArrowLeft" || key === "ArrowUp" ? -1 : 1;
  const ahead = marks().filter((other) => {
    const there = middle(other);
    return other !== mark && (sideways ? (there.x - here.x) * sign > 0.5 : (there.y - here.y) * sign > 20);
  });
  const far = (other) => {
    const there = middle(other);
    return sideways
      ? Math.abs(there.x - here.x) + Math.abs(there.y - here.y) / 4
      : Math.abs(there.y - here.y) * 4 + Math.abs(there.x - here.x);
  };
  return ahead.sort((one, other) => far(one) - far(other))[0];
}

function tell(mark) {
  const tip = document.getElementById("chart-tip");
  if (!tip) return;
  tip.hidden = !mark;
  if (!mark) return;
  tip.textContent = mark.getAttribute("aria-label");
  const place = mark.getBoundingClientRect();
  const left = Math.min(place.left + place.width / 2 + 8, innerWidth - tip.offsetWidth - 8);
  const above = place.top - tip.offsetHeight - 8;
  tip.style.left = `${Math.max(8, left)}px`;
  tip.style.top = `${above > 8 ? above : place.bottom + 8}px`;
}

function select(mark) {
  if (!mark.dataset.event) return;
  scroller().dataset.selected = keyOf(mark);
  const url = new URL(location.href);
  url.searchParams.set("event", keyOf(mark));
  history.replaceState(null, "", url);
  for (const link of document.querySelectorAll("[data-view-link]")) {
    const there = new URL(link.href);
    there.searchParams.set("event", mark.dataset.event);
    link.href = there.href;
    htmx.process(link);
  }
  rove();
}

function open(mark) {
  if (mark.dataset.zoom) zoomTo(...mark.dataset.zoom.split(",").map(Number));
  if (!mark.dataset.event) return;
  if (isScore()) location.assign(`/sessions/${sessionOf(mark)}/?event=${mark.dataset.event}`);
  else select(mark);
}

const markAt = (event) => event.target.closest?.("#chart-plot .evt");
let soon = 0;

document.addEventListener("mouseover", (event) => {
  clearTimeout(soon);
  const mark = markAt(event);
  if (mark) soon = setTimeout(() => tell(mark), 120);
  else if (scroller()) tell(null);
});
document.addEventListener("focusin", (event) => {
  if (!scroller()) return;
  tell(markAt(event) ?? null);
  rove();
});
document.addEventListener("click", (event) => {
  const mark = markAt(event);
  if (mark) select(mark);
});
document.addEventListener("dblclick", (event) => {
  const mark = markAt(event);
  if (mark && (isScore() || mark.dataset.zoom)) open(mark);
});
document.addEventListener("keydown", (event) => {
  const mark = markAt(event);
  if (!mark) return;
  if (event.key === "Escape") tell(null);
  if (event.key === "Enter") open(mark);
  if (!event.key.startsWith("Arrow") || event.shiftKey) return;
  event.preventDefault();
  const there = next(mark, event.key);
  if (!there) return;
  there.setAttribute("tabindex", "0");
  there.focus();
  there.scrollIntoView({ block: "nearest", inline: "nearest" });
});

let wasAtEnd = true;
let focusedMark = null;
function noteFocus() {
  const mark = document.activeElement?.closest?.("#chart-plot .evt");
  focusedMark = mark ? knownAs(mark) : null;
}

// A drawn mark may stand for another event than before: focus goes with the event.
function restoreFocus() {
  if (!focusedMark || !scroller()) return;
  const active = document.activeElement?.closest?.("#chart-plot .evt");
  if (active && knownAs(active) === focusedMark) {
    if (!document.getElementById("chart-tip").hidden) tell(active);
    return;
  }
  const there = marks().find((mark) => knownAs(mark) === focusedMark);
  if (there) there.focus({ preventScroll: true });
  else tell(null);
}

document.addEventListener("htmx:beforeSwap", noteFocus);
document.addEventListener("maestro:before", () => {
  noteFocus();
  const found = scroller();
  wasAtEnd = !found || found.scrollWidth - found.scrollLeft - found.clientWidth < 24;
});

function begin() {
  const found = scroller();
  if (!found) return;
  if (found.hasAttribute("data-live-end")) found.scrollLeft = found.scrollWidth;
  rove();
  measure();
}

document.addEventListener("maestro:shown", () => {
  const found = scroller();
  if (found && wasAtEnd) found.scrollLeft = found.scrollWidth;
  if (found) rove();
  restoreFocus();
});
document.addEventListener("htmx:afterSwap", () => {
  begin();
  restoreFocus();
});
document.addEventListener("DOMContentLoaded", begin);
let resized = 0;
addEventListener("resize", () => {
  clearTimeout(resized);
  resized = setTimeout(measure, 200);
});
