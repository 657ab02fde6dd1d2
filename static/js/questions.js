// An option of the question in view is answered by its number.
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || !/^[1-9]$/.test(event.key)) return;
  if (event.target.closest("input, textarea, select, dialog, [contenteditable]")) return;
  const near = event.target.closest(".cue, .pinned") ?? document.querySelector(".pinned");
  near?.querySelector(`[data-key="${event.key}"]`)?.click();
});
