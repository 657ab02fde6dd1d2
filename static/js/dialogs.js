// Dialogs and menus: the server says which is open, this makes it modal and lets it close.
const { htmx } = window;

function showModals() {
  for (const dialog of document.querySelectorAll("dialog[data-modal][open]:not(:modal)")) {
    dialog.close();
    dialog.showModal();
  }
}

function leave(dialog) {
  const link = dialog.querySelector("a[data-closes]");
  dialog.close();
  if (dialog.hasAttribute("data-modal") && link) {
    htmx.ajax("GET", link.href, { target: "#main", select: "#main", swap: "morph:outerHTML show:none", source: "#main" });
    history.replaceState(null, "", link.href);
  }
}

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  if (opener) {
    event.preventDefault();
    document.getElementById(opener.dataset.opens).showModal();
    return;
  }
  const closer = event.target.closest("[data-closes]");
  if (closer) {
    event.preventDefault();
    leave(closer.closest("dialog"));
    return;
  }
  for (const menu of document.querySelectorAll("details.projswitch[open], details.pick[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details.projswitch[open], details.pick[open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

document.addEventListener("cancel", (event) => {
  if (!event.target.matches("dialog.dialog")) return;
  event.preventDefault();
  leave(event.target);
}, true);

// A sent form leaves its dialog behind; the answer says whether it opens again.
document.addEventListener("htmx:beforeSwap", (event) => {
  const dialog = event.detail.requestConfig?.elt?.closest?.("dialog");
  if (dialog && !dialog.hasAttribute("data-modal")) dialog.close();
});

document.addEventListener("htmx:afterSwap", showModals);
document.addEventListener("DOMContentLoaded", showModals);
