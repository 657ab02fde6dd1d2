// Forms that open in place: they take the focus, Escape leaves them, and the focus goes back.
let opened = "";
let opener = "";

const form = () => document.querySelector("form[data-in-place]");

function look() {
  const found = form();
  if (found && found.id !== opened) {
    found.querySelector("[autofocus]")?.focus();
    found.scrollIntoView({ block: "nearest" });
  }
  if (!found && opened && document.activeElement === document.body) document.getElementById(opener)?.focus();
  opened = found?.id ?? "";
  opener = found?.dataset.opener ?? opener;
}

document.addEventListener("keydown", (event) => {
  const found = event.target.closest?.("form[data-in-place]");
  if (!found) return;
  if (event.key === "Escape") {
    event.preventDefault();
    found.querySelector("[data-cancels]").click();
  } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    found.requestSubmit();
  }
});

// A list of choices shows those whose words were typed.
document.addEventListener("input", (event) => {
  const { narrows } = event.target.dataset ?? {};
  if (!narrows) return;
  const words = event.target.value.trim().toLowerCase();
  for (const choice of document.getElementById(narrows).children) {
    choice.hidden = !choice.textContent.toLowerCase().includes(words) && !choice.querySelector(":checked");
  }
});

document.addEventListener("htmx:afterSwap", look);
document.addEventListener("DOMContentLoaded", look);
