// A queued item is dragged to its place, or carried there by the arrow keys; the server decides.
const { htmx } = window;
const STARTS_AFTER_PX = 4;

let carried = null;
const rows = () => [...document.querySelectorAll("#queue-items [data-moves]")];

// What follows the rows that are shown; nothing at the queue's end.
const behind = () => document.getElementById("queue-items").dataset.behind;

// The row that the carried one would stand before; none at the end.
function over(y) {
  return rows().find((row) => {
    const place = row.getBoundingClientRect();
    return row.dataset.moves !== carried.id && y < place.top + place.height / 2;
  });
}

function mark(y) {
  const target = carried.moved ? over(y) : null;
  const last = carried.moved && !target ? rows().at(-1) : null;
  for (const row of rows()) {
    row.classList.toggle("is-carried", carried.moved && row.dataset.moves === carried.id);
    row.classList.toggle("is-before", row === target);
    row.classList.toggle("is-after", row === last);
  }
}

function letGo() {
  carried = null;
  for (const row of rows()) row.classList.remove("is-carried", "is-before", "is-after");
}

function send(id, before) {
  const form = document.getElementById(`grip-${id}`).form;
  const next = form.elements.next.value;
  htmx.ajax("POST", form.action, {
    source: form, target: "#main", select: "#main", swap: "morph:outerHTML show:none", values: { task: id, before, next },
  });
}

document.addEventListener("pointerdown", (event) => {
  const grip = event.target.closest?.("[data-grip]");
  if (!grip || event.button !== 0) return;
  carried = { id: grip.closest("[data-moves]").dataset.moves, y: event.clientY, moved: false };
  grip.setPointerCapture(event.pointerId);
});
document.addEventListener("pointermove", (event) => {
  if (!carried) return;
  carried.moved ||= Math.abs(event.clientY - carried.y) > STARTS_AFTER_PX;
  mark(event.clientY);
});
document.addEventListener("pointerup", (event) => {
  if (!carried) return;
  const { id, moved } = carried;
  const before = moved ? over(event.clientY)?.dataset.moves ?? behind() : null;
  const after = rows()[rows().findIndex((row) => row.dataset.moves === id) + 1]?.dataset.moves ?? behind();
  letGo();
  if (before !== null && before !== after) send(id, before);
});
document.addEventListener("pointercancel", letGo);
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && carried) letGo();
  if (!event.target.matches?.("[data-grip]")) return;
  const word = { ArrowUp: "higher", ArrowDown: "lower" }[event.key];
  if (!word) return;
  event.preventDefault();
  document.getElementById(event.target.id.replace("grip", word)).click();
});
// A page that was drawn anew while a row was carried: it is still in hand.
document.addEventListener("maestro:shown", () => {
  if (carried && !rows().some((row) => row.dataset.moves === carried.id)) letGo();
});
