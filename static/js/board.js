// A card is carried to another column with the pointer or with the keys; what that means, and
// whether it may be, the server says.
const { htmx } = window;
const STARTS_AFTER_PX = 5;
const EDGE_PX = 48;
const STEP_PX = 14;

// What is carried: the id of its card, where it is held over, and the pointer's ghost of it.
let carried = null;
let pressed = null;
let dropped = null;

const board = () => document.getElementById("board");
const mayMove = () => document.body.dataset.level !== "viewer";
const cardOf = (id) => document.getElementById(`card-${id}`);
const columns = () => [...document.querySelectorAll("#board [data-column]")];
const columnOf = (card) => card.closest("[data-column]");
const wordOf = (key) => document.getElementById(`column-${key}`)?.dataset.word ?? "";

function say(words) {
  const line = document.getElementById("board-say");
  if (line) line.textContent = words;
}

function mark() {
  for (const column of columns()) column.classList.toggle("is-target", column.dataset.column === carried?.over);
  for (const card of document.querySelectorAll("#board .is-carried")) card.classList.remove("is-carried");
  if (carried) cardOf(carried.id)?.classList.add("is-carried");
}

function pickUp(card) {
  const from = columnOf(card).dataset.column;
  carried = { id: card.dataset.card, title: card.dataset.title, from, over: from, ghost: null };
  mark();
}

function holdOver(key) {
  if (!carried || carried.over === key) return;
  carried.over = key;
  mark();
}

function letGo() {
  carried?.ghost?.remove();
  carried = null;
  pressed = null;
  mark();
}

function putBack() {
  if (!carried) return;
  say(`${carried.title} stays in ${wordOf(carried.from)}.`);
  letGo();
}

function drop() {
  const { id, title, from, over } = carried;
  if (!over || over === from) {
    putBack();
    return;
  }
  carried.ghost?.remove();
  dropped = { id, title, to: over };
  htmx.ajax("POST", `/tasks/${id}/move${location.search}`, {
    source: "#board", target: "#main", select: "#main", swap: "morph:outerHTML show:none", values: { column: over },
  }).catch(() => {}).finally(() => {
    letGo();
    tell();
  });
}

// Where it is now; a refusal, or that it was not sent, is an alert of the page itself.
function tell() {
  if (!dropped) return;
  const card = cardOf(dropped.id);
  if (card && columnOf(card).dataset.column === dropped.to) say(`${dropped.title} is in ${wordOf(dropped.to)} now.`);
  if (document.activeElement === document.body || document.activeElement?.id === "main") card?.focus({ preventScroll: true });
  dropped = null;
}

// The pointer ---------------------------------------------------------------------------------
function startGhost(card, event) {
  const place = card.getBoundingClientRect();
  const ghost = card.cloneNode(true);
  ghost.removeAttribute("id");
  for (const inner of ghost.querySelectorAll("[id]")) inner.removeAttribute("id");
  for (const input of ghost.querySelectorAll("input")) input.remove();
  ghost.classList.remove("is-carried");
  ghost.classList.add("bcard--ghost");
  ghost.setAttribute("aria-hidden", "true");
  ghost.style.width = `${place.width}px`;
  ghost.style.left = `${place.left}px`;
  ghost.style.top = `${place.top}px`;
  document.body.append(ghost);
  carried.ghost = ghost;
  carried.start = { x: event.clientX, y: event.clientY };
}

function follow(event) {
  const { ghost, start } = carried;
  ghost.style.translate = `${event.clientX - start.x}px ${event.clientY - start.y}px`;
  const under = document.elementFromPoint(event.clientX, event.clientY);
  holdOver(under?.closest?.("#board [data-column]")?.dataset.column ?? null);
  const edges = board().getBoundingClientRect();
  if (event.clientX > edges.right - EDGE_PX) board().scrollLeft += STEP_PX;
  else if (event.clientX < edges.left + EDGE_PX) board().scrollLeft -= STEP_PX;
}

document.addEventListener("pointerdown", (event) => {
  const card = event.target.closest?.("#board .bcard");
  if (!card || !mayMove() || event.button !== 0 || event.pointerType === "touch" || event.target.closest("input, .iconbtn")) return;
  pressed = { id: card.dataset.card, x: event.clientX, y: event.clientY };
});
document.addEventListener("pointermove", (event) => {
  if (pressed && !carried) {
    const far = Math.hypot(event.clientX - pressed.x, event.clientY - pressed.y);
    const card = cardOf(pressed.id);
    if (far < STARTS_AFTER_PX || !card) return;
    pickUp(card);
    startGhost(card, event);
    getSelection()?.removeAllRanges();
  }
  if (carried?.ghost) follow(event);
});
// The click that ends a drag would open the card's link.
function swallow(click) {
  click.preventDefault();
  click.stopPropagation();
}

document.addEventListener("pointerup", () => {
  pressed = null;
  if (!carried?.ghost) return;
  addEventListener("click", swallow, { capture: true });
  setTimeout(() => removeEventListener("click", swallow, { capture: true }));
  drop();
});
document.addEventListener("pointercancel", putBack);

// The keys ------------------------------------------------------------------------------------
function beside(key, step) {
  const all = columns();
  const place = all.findIndex((column) => column.dataset.column === key);
  return all[Math.min(all.length - 1, Math.max(0, place + step))];
}

function carry(step) {
  const column = beside(carried.over, step);
  holdOver(column.dataset.column);
  column.scrollIntoView({ block: "nearest", inline: "nearest" });
  say(`${column.dataset.word}, column ${columns().indexOf(column) + 1} of ${columns().length}.`);
}

function walk(card, key) {
  const cards = [...columnOf(card).querySelectorAll(".bcard")];
  const place = cards.indexOf(card);
  if (key === "ArrowUp" || key === "ArrowDown") {
    cards[place + (key === "ArrowUp" ? -1 : 1)]?.focus();
    return;
  }
  const step = key === "ArrowLeft" ? -1 : 1;
  for (let column = beside(columnOf(card).dataset.column, step), from = columnOf(card); column !== from;) {
    const there = [...column.querySelectorAll(".bcard")];
    if (there.length) {
      there[Math.min(place, there.length - 1)].focus();
      return;
    }
    from = column;
    column = beside(column.dataset.column, step);
  }
}

function press(card, key) {
  if (!carried && key === " ") {
    if (!mayMove()) return;
    pickUp(card);
    say(`${carried.title} picked up from ${wordOf(carried.from)}. Left and right choose a column, Space drops it, Escape leaves it.`);
  } else if (!carried && key === "Enter") {
    card.querySelector(".bcard__title a").click();
  } else if (!carried) {
    walk(card, key);
  } else if (key === "ArrowLeft" || key === "ArrowRight") {
    carry(key === "ArrowLeft" ? -1 : 1);
  } else if (key === " " || key === "Enter") {
    drop();
  }
}

const KEYS = [" ", "Enter", "ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"];
document.addEventListener("keydown", (event) => {
  if (carried && event.key === "Escape") {
    event.preventDefault();
    putBack();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (!event.target.matches?.("#board .bcard") || !KEYS.includes(event.key)) return;
  event.preventDefault();
  press(event.target, event.key);
});
document.addEventListener("focusout", (event) => {
  if (!carried || carried.ghost || !event.target.matches?.("#board .bcard")) return;
  // A live update may take the focus for a moment and give it back.
  setTimeout(() => {
    if (carried && !carried.ghost && !document.activeElement?.matches("#board .bcard")) putBack();
  }, 100);
});

// A card that somebody deleted meanwhile is carried no further.
function again() {
  if (carried && !cardOf(carried.id)) letGo();
  else mark();
}
document.addEventListener("maestro:shown", again);
document.addEventListener("htmx:afterSwap", again);
