// xterm.js writes <style> elements and style attributes, which the page's policy refuses. The same
// rules go in through the CSSOM, which it allows.
function styleElement() {
  const sheet = new CSSStyleSheet();
  const element = document.createElement("template");
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  Object.defineProperty(element, "textContent", { set: (text) => sheet.replaceSync(text) });
  element.remove = () => {
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((other) => other !== sheet);
    Element.prototype.remove.call(element);
  };
  return element;
}

// Whatever <style> is made meanwhile is one of those above.
export function withOwnStyles(work) {
  document.createElement = (name, options) =>
    name === "style" ? styleElement() : Document.prototype.createElement.call(document, name, options);
  try {
    work();
  } finally {
    delete document.createElement;
  }
}

// Cells in colours of their own are spans that it makes from the real document.
HTMLSpanElement.prototype.setAttribute = function setAttribute(name, value) {
  if (name === "style") this.style.cssText = value;
  else Element.prototype.setAttribute.call(this, name, value);
};
