// Paper: the browser's own dialog, and whatever was folded away by the size of a window.
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
});
