// Of a drawing of dependencies, the lines of the task under the pointer or the focus stand out.
function light(id) {
  for (const line of document.querySelectorAll("#graph .gline")) {
    line.classList.toggle("is-lit", Boolean(id) && (line.dataset.before === id || line.dataset.after === id));
  }
}

const idAt = (event) => event.target.closest?.("#graph [data-node]")?.dataset.node ?? "";

document.addEventListener("mouseover", (event) => {
  if (document.getElementById("graph")) light(idAt(event));
});
document.addEventListener("focusin", (event) => {
  if (document.getElementById("graph")) light(idAt(event));
});
