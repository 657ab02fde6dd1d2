// An acknowledgement leaves by itself; one that somebody reads or points at stays.
const SHOWN_MS = 6000;
const LEAVING_MS = 200;

function leave(toast) {
  if (toast.matches(":hover, :focus-within")) {
    setTimeout(leave, SHOWN_MS, toast);
    return;
  }
  toast.classList.add("toast--leaving");
  setTimeout(() => toast.remove(), LEAVING_MS);
}

function watch() {
  for (const toast of document.querySelectorAll("[data-toast]:not([data-seen])")) {
    toast.dataset.seen = "";
    setTimeout(leave, SHOWN_MS, toast);
  }
}

document.addEventListener("htmx:afterSettle", watch);
document.addEventListener("htmx:oobAfterSwap", watch);
document.addEventListener("DOMContentLoaded", watch);
