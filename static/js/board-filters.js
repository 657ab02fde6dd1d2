// Filters stand in the address; those a person keeps are kept by the browser, for each project.
const form = () => document.querySelector("form[data-filters]");
const key = () => `maestro-filters-${form().dataset.project}`;

function kept() {
  try {
    return JSON.parse(localStorage.getItem(key())) ?? [];
  } catch {
    return [];
  }
}

function keep(filters) {
  localStorage.setItem(key(), JSON.stringify(filters));
  show();
}

// The same filter is the same in every view.
function filterOf(query) {
  const found = new URLSearchParams(query);
  for (const name of ["view", "rows", "folded"]) found.delete(name);
  found.sort();
  return found.toString();
}

function element(tag, properties, ...inner) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...inner);
  return made;
}

function chip(filter, current) {
  const address = new URLSearchParams(filter.query);
  const { view } = Object.fromEntries(new URLSearchParams(location.search));
  if (view) address.set("view", view);
  const link = element("a", { className: "chip chip--filter", href: `?${address}` }, filter.words);
  if (filter.query === current) link.setAttribute("aria-current", "true");
  const forget = element("button", { type: "button", className: "iconbtn", textContent: "×" });
  forget.setAttribute("aria-label", `Forget the filter ${filter.words}`);
  forget.addEventListener("click", () => keep(kept().filter((one) => one.query !== filter.query)));
  return element("span", { className: "savedfilter" }, link, forget);
}

function show() {
  const place = document.getElementById("saved-filters");
  if (!place || !form()) return;
  const current = filterOf(form().dataset.query);
  const filters = kept();
  const chips = filters.map((filter) => chip(filter, current));
  if (current && !filters.some((filter) => filter.query === current)) {
    const save = element("button", { type: "button", className: "btn btn--sm btn--quiet", id: "keep-filter" }, "Keep this filter");
    const { words } = form().dataset;
    save.addEventListener("click", () => keep([...kept(), { words, query: current }]));
    chips.push(save);
  }
  place.replaceChildren(...chips);
}

// An address says only what is asked for.
document.addEventListener("htmx:configRequest", (event) => {
  if (!event.target.matches?.("form[data-filters]")) return;
  const { parameters } = event.detail;
  for (const [name, value] of [...parameters.entries()]) if (!value) parameters.delete(name);
});

document.addEventListener("htmx:afterSwap", show);
document.addEventListener("DOMContentLoaded", show);
