// The palette: a dialog over everything that can be found or done; the server says what that is.
const { htmx } = window;

const dialog = () => document.getElementById("palette");
const field = () => document.getElementById("palette-q");
const results = () => document.getElementById("palette-results");
const options = () => [...results().querySelectorAll('[role="option"]')].filter((one) => one.offsetParent);

// Enter before the answer to the last letter waits for it.
let goesOn = false;

function choose(option) {
  for (const other of results().querySelectorAll('[aria-selected="true"]')) other.setAttribute("aria-selected", "false");
  field().removeAttribute("aria-activedescendant");
  if (!option) return;
  option.setAttribute("aria-selected", "true");
  option.scrollIntoView({ block: "nearest" });
  field().setAttribute("aria-activedescendant", option.id);
}

const chosen = () => results().querySelector('[aria-selected="true"]');

function step(by) {
  const all = options();
  if (all.length) choose(all[(all.indexOf(chosen()) + by + all.length) % all.length]);
}

function run() {
  if (results().dataset.q !== field().value.trim()) {
    goesOn = true;
    return;
  }
  goesOn = false;
  const option = chosen();
  if (option) option.click();
}

export function openPalette() {
  if (document.querySelector("dialog:modal")) return;
  goesOn = false;
  dialog().showModal();
  field().value = "";
  htmx.trigger(field(), "maestro:opened");
}

document.addEventListener("keydown", (event) => {
  if (event.key.toLowerCase() === "k" && (event.metaKey || event.ctrlKey) && !event.altKey && !event.shiftKey) {
    if (event.ctrlKey && event.target.closest?.(".xterm")) return; // there it cuts the line
    event.preventDefault();
    if (dialog().open) dialog().close();
    else openPalette();
  }
});

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-palette]");
  if (opener && !event.metaKey && !event.ctrlKey && !event.shiftKey) {
    event.preventDefault();
    openPalette();
    return;
  }
  if (!dialog()?.open) return;
  if (event.target === dialog()) dialog().close(); // beside it
  const option = event.target.closest('#palette [role="option"]');
  if (!option) return;
  dialog().close();
  if (option.dataset.press) document.getElementById(option.dataset.press)?.click();
});

document.addEventListener("DOMContentLoaded", () => {
  if (!dialog()) return;
  if (/Mac|iPhone|iPad/.test(navigator.platform)) {
    for (const key of document.querySelectorAll("[data-palette-key]")) key.textContent = "⌘K";
  }
  dialog().addEventListener("keydown", (event) => {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    event.preventDefault();
    step(event.key === "ArrowDown" ? 1 : -1);
  });
  dialog().querySelector("form").addEventListener("submit", (event) => {
    event.preventDefault();
    run();
  });
  // The page beneath has not changed, so nothing there is to begin anew.
  for (const name of ["htmx:beforeSwap", "htmx:afterSwap", "htmx:afterSettle"]) {
    dialog().addEventListener(name, (event) => event.stopPropagation());
  }
  dialog().addEventListener("htmx:afterSwap", () => {
    choose(options()[0]);
    if (goesOn) run();
  });
});
