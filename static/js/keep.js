// What a person has begun survives every morph: half-typed inputs, open details and dialogs.
const { Idiomorph, htmx } = window;

function isBegun(input) {
  if (input.type === "checkbox" || input.type === "radio") return input.checked !== input.defaultChecked;
  if (input.matches("select")) return [...input.options].some((option) => option.selected !== option.defaultSelected);
  return input.type !== "hidden" && input.value !== input.defaultValue;
}

export const callbacks = {
  beforeNodeMorphed(old) {
    return !(old.nodeType === 1 && old.matches("input, textarea, select") && isBegun(old));
  },
  beforeAttributeUpdated(name, node) {
    return !(name === "open" && node.matches("details, dialog"));
  },
};

Object.assign(Idiomorph.defaults.callbacks, callbacks);
Idiomorph.defaults.ignoreActiveValue = true;

// Focus stays where it was, also on a button whose row has moved.
let focused = "";
document.addEventListener("htmx:beforeSwap", () => {
  focused = document.activeElement?.id ?? "";
});
document.addEventListener("htmx:afterSwap", () => {
  const active = document.activeElement;
  if (focused && (!active || active === document.body || active.matches("dialog, main"))) {
    document.getElementById(focused)?.focus({ preventScroll: true });
  }
});

// A form that was sent is no longer begun: what the server answers stands in it.
document.addEventListener("htmx:beforeSwap", (event) => {
  const sent = event.detail.requestConfig?.elt;
  if (sent?.matches?.("form")) {
    if (document.activeElement?.form === sent) document.activeElement.blur();
    sent.reset();
  }
});

htmx.config.allowEval = false;
