// What a person zooms to is in the URL; the server draws it. Here wheel, drag and keys become that.
const { htmx } = window;
const SETTLE_MS = 120;
const DRAG_PX = 4;
const SHORTEST_MS = 1000;
const STEP = 0.2; // of the window, for an arrow

const scroller = () => document.getElementById("chart-scroll");
const plot = () => document.getElementById("chart-plot");
const drawing = () => plot()?.querySelector("svg");
const isZoomed = () => plot().hasAttribute("data-zoomed");
const stops = () => plot().dataset.stops.split(" ").map((word) => word.split(":").map(Number));

// Between two stops time runs evenly: a fold is short for a long time.
function along(value, from, to) {
  const all = stops();
  let index = 1;
  while (index < all.length - 1 && value > all[index][from]) index += 1;
  const [before, after] = [all[index - 1], all[index]];
  const share = (value - before[from]) / (after[from] - before[from] || 1);
  return before[to] + share * (after[to] - before[to]);
}
const msAt = (x) => along(x, 0, 1);
const edges = () => {
  const all = stops();
  return [all[0], all.at(-1)];
};

// Loads what the URL says now; what changes meanwhile is loaded after it.
let loading = false;
let again = false;
async function load() {
  if (loading) {
    again = true;
    return;
  }
  loading = true;
  try {
    await htmx.ajax("GET", location.pathname + location.search, {
      source: "#main", target: "#main", select: "#main", swap: "morph:outerHTML show:none",
    });
  } finally {
    loading = false;
    if (again) {
      again = false;
      load();
    }
  }
}

function write(from, to) {
  const url = new URL(location.href);
  const [first, last] = [Number(plot().dataset.first), Number(plot().dataset.last)];
  const lasting = Math.max(SHORTEST_MS, Math.min(to - from, last - first));
  const start = Math.round(Math.min(Math.max(from, first), last - lasting));
  if (lasting >= last - first) {
    url.searchParams.delete("from");
    url.searchParams.delete("to");
  } else {
    url.searchParams.set("from", start);
    url.searchParams.set("to", Math.round(start + lasting));
  }
  if (url.href === location.href) return;
  history.replaceState(history.state, "", url);
  load();
}

// What the URL asks for may be ahead of what is drawn: keys that follow each other add up.
function asked() {
  const { searchParams } = new URL(location.href);
  const [[, start], [, end]] = edges();
  return searchParams.has("from") ? [Number(searchParams.get("from")), Number(searchParams.get("to"))] : [start, end];
}

function zoomBy(factor) {
  const [start, end] = asked();
  const change = ((end - start) * (factor - 1)) / 2;
  write(start - change, end + change);
}

// While a wheel turns or a pointer drags, the drawing follows at once and is drawn anew at the end.
let shown = null;
let settling = 0;
function follow(scale, shift) {
  shown = { scale, shift };
  drawing().style.transformOrigin = "0 0";
  drawing().style.transform = `translateX(${shift}px) scaleX(${scale})`;
  clearTimeout(settling);
}

function settle() {
  if (!shown || !drawing()) return;
  const { scale, shift } = shown;
  const [[left], [right]] = edges();
  shown = null;
  write(msAt((left - shift) / scale), msAt((right - shift) / scale));
  if (!loading) leave();
}

function leave() {
  drawing()?.style.removeProperty("transform");
}

function zoomAt(x, factor) {
  const { scale, shift } = shown ?? { scale: 1, shift: 0 };
  const wanted = Math.min(Math.max(scale * factor, isZoomed() ? 0.02 : 1), 200);
  follow(wanted, x - ((x - shift) * wanted) / scale);
}

function pan(px) {
  if (!isZoomed()) return;
  const { scale, shift } = shown ?? { scale: 1, shift: 0 };
  follow(scale, shift + px);
}

export function zoomTo(from, to) {
  const room = Math.max((to - from) * 0.05, SHORTEST_MS / 2);
  write(from - room, to + room);
}

const inPlot = (event) => event.target.closest?.("#chart-scroll");
const placeOf = (event) => event.clientX - drawing().getBoundingClientRect().left;

document.addEventListener("wheel", (event) => {
  if (!inPlot(event) || !drawing()) return;
  const sideways = Math.abs(event.deltaX) > Math.abs(event.deltaY) || event.shiftKey;
  if (event.ctrlKey || event.metaKey) {
    event.preventDefault();
    zoomAt(shown ? placeOf(event) + shown.shift : placeOf(event), Math.exp(-event.deltaY / 300));
  } else if (sideways && isZoomed()) {
    event.preventDefault();
    pan(-(event.deltaX || event.deltaY));
  } else return;
  settling = setTimeout(settle, SETTLE_MS);
}, { passive: false });

let from = null;
let dragged = false;
document.addEventListener("pointerdown", (event) => {
  dragged = false;
  if (event.button !== 0 || event.pointerType === "touch" || !inPlot(event) || !isZoomed()) return;
  from = event.clientX;
});
document.addEventListener("pointermove", (event) => {
  if (from === null) return;
  const moved = event.clientX - from;
  if (!dragged && Math.abs(moved) < DRAG_PX) return;
  dragged = true;
  scroller().classList.add("is-dragged");
  follow(1, moved);
});
document.addEventListener("pointerup", () => {
  if (from === null) return;
  from = null;
  scroller()?.classList.remove("is-dragged");
  if (dragged) settle();
});
// What ends a drag is no click on a mark.
document.addEventListener("click", (event) => {
  if (!dragged || !inPlot(event)) return;
  dragged = false;
  event.stopPropagation();
  event.preventDefault();
}, true);

const presses = { "+": "zoom-in", "=": "zoom-in", "-": "zoom-out", 0: "zoom-fit", f: "fold-gaps", End: "follow" };
const factors = { "+": 0.5, "=": 0.5, "-": 2 };
document.addEventListener("keydown", (event) => {
  if (!inPlot(event) || event.ctrlKey || event.metaKey || event.altKey) return;
  const zoomed = new URLSearchParams(location.search).has("from");
  const button = document.getElementById(presses[event.key]);
  const arrow = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (zoomed && event.key in factors) {
    event.preventDefault();
    zoomBy(factors[event.key]);
  } else if (button) {
    event.preventDefault();
    if (zoomed || button.getAttribute("aria-disabled") !== "true") button.click();
  } else if (arrow && zoomed && (event.target === scroller() || event.shiftKey)) {
    event.preventDefault();
    event.stopImmediatePropagation();
    const [start, end] = asked();
    write(start + arrow * STEP * (end - start), end + arrow * STEP * (end - start));
  }
});
document.addEventListener("htmx:afterSwap", leave);
