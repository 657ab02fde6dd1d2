// Tasks are spawned in the order they were picked; a form keeps no order, so this does. What was
// picked stays so through every change of the page, also where a card has moved to another column.
let picked = [];
let last = null;

const boxes = () => [...document.querySelectorAll('input[form="selection"]')];

function show() {
  const form = document.getElementById("selection");
  const all = document.querySelector("[data-selects-all]");
  const shown = boxes();
  for (const box of shown) box.checked = picked.includes(box.value);
  if (all) {
    all.checked = shown.length > 0 && picked.length === shown.length;
    all.indeterminate = picked.length > 0 && !all.checked;
    all.disabled = shown.length === 0;
  }
  if (!form) return;
  form.elements.order.value = picked.join(" ");
  form.querySelector("[data-selected-count]").textContent = `${picked.length} task${picked.length === 1 ? "" : "s"}`;
}

// Only what the page shows can be selected: nothing is done to tasks that nobody sees.
function keep() {
  const there = new Set(boxes().map((box) => box.value));
  picked = picked.filter((id) => there.has(id));
  show();
}

function pick(ids, wanted) {
  picked = wanted ? [...picked, ...ids.filter((id) => !picked.includes(id))] : picked.filter((id) => !ids.includes(id));
  show();
}

// With shift, everything from the box that was pressed before.
function reached(box) {
  const all = boxes();
  const from = all.findIndex((one) => one.value === last);
  const to = all.indexOf(box);
  if (from < 0) return [box.value];
  return all.slice(Math.min(from, to), Math.max(from, to) + 1).map((one) => one.value);
}

let withShift = false;
document.addEventListener("click", (event) => {
  withShift = event.shiftKey;
}, true);
document.addEventListener("change", (event) => {
  const box = event.target;
  if (box.matches?.("[data-selects-all]")) {
    pick(boxes().map((one) => one.value), box.checked);
  } else if (box.getAttribute?.("form") === "selection") {
    pick(withShift ? reached(box) : [box.value], box.checked);
    last = box.value;
  }
  withShift = false;
});
document.addEventListener("reset", (event) => {
  if (event.target.id === "selection") pick([...picked], false);
});
document.addEventListener("htmx:afterSwap", keep);
document.addEventListener("maestro:shown", keep);
document.addEventListener("DOMContentLoaded", () => {
  // A browser that comes back to a page has kept the boxes.
  picked = boxes().filter((box) => box.checked).map((box) => box.value);
  show();
});
