// Tasks are spawned in the order they were picked; a form keeps no order, so this does.
let picked = [];

function show() {
  const form = document.getElementById("selection");
  if (!form) return;
  form.elements.order.value = picked.join(" ");
  form.querySelector("[data-selected-count]").textContent = `${picked.length} task${picked.length === 1 ? "" : "s"}`;
}

function read() {
  const checked = [...document.querySelectorAll('input[form="selection"]:checked')].map((input) => input.value);
  picked = picked.filter((id) => checked.includes(id));
  picked.push(...checked.filter((id) => !picked.includes(id)));
  show();
}

document.addEventListener("change", (event) => {
  if (event.target.getAttribute?.("form") === "selection") read();
});
document.addEventListener("reset", (event) => {
  if (event.target.id === "selection") setTimeout(read);
});
document.addEventListener("htmx:afterSwap", read);
document.addEventListener("maestro:shown", read);
document.addEventListener("DOMContentLoaded", read);
