// What a person has begun survives every morph: half-typed inputs, open details and dialogs.
const { Idiomorph, htmx } = window;

function isBegun(input) {
  if (input.type === "checkbox" || input.type === "radio") return input.checked !== input.defaultChecked;
  if (input.matches("select")) {
    const options = [...input.options];
    // Where the server chose none, the browser shows the first.
    return input.selectedOptions[0] !== (options.find((option) => option.defaultSelected) ?? options[0]);
  }
  return input.type !== "hidden" && input.value !== input.defaultValue;
}

export const callbacks = {
  beforeNodeMorphed(old) {
    // What a script draws into is its own: a terminal's screen, and the words under it.
    return !(old.nodeType === 1 && (old.matches("[data-own]") || (old.matches("input, textarea, select") && isBegun(old))));
  },
  beforeAttributeUpdated(name, node) {
    return !(name === "open" && node.matches("details, dialog"));
  },
};

Object.assign(Idiomorph.defaults.callbacks, callbacks);
// Only what is typed into is left alone: a focused button's words change like all others.
const isTyping = () => Boolean(document.activeElement?.matches("input, textarea, select"));
Object.defineProperty(Idiomorph.defaults, "ignoreActiveValue", { get: isTyping, enumerable: true });

// Focus stays where it was, also on a button whose row has moved.
let focused = "";
function note() {
  focused = document.activeElement?.id ?? "";
}
function restore() {
  const active = document.activeElement;
  if (focused && (!active || active === document.body || active.matches("dialog, main"))) {
    document.getElementById(focused)?.focus({ preventScroll: true });
  }
}
document.addEventListener("htmx:beforeSwap", note);
document.addEventListener("maestro:before", note);
document.addEventListener("htmx:afterSwap", restore);
document.addEventListener("maestro:shown", restore);

// What a form has sent is no longer begun: what the server answers stands in it. What was typed
// since then is.
function settle(input, sent) {
  if (input.type === "checkbox" || input.type === "radio") {
    input.checked = input.defaultChecked;
  } else if (sent.getAll(input.name).includes(input.value)) {
    if (input === document.activeElement) input.blur();
    if (input.matches("select")) for (const option of input.options) option.selected = option.defaultSelected;
    else if (input.type !== "hidden") input.value = input.defaultValue;
  }
}

document.addEventListener("htmx:beforeSwap", (event) => {
  const request = event.detail.requestConfig;
  if (!request?.elt?.matches?.("form")) return;
  for (const input of request.elt.elements) if (input.name) settle(input, request.formData);
});

htmx.config.allowEval = false;
