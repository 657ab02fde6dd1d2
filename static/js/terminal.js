// Gives the terminal on the page its screen: live while its process runs, replayed once it ended.
let shown = null; // what is on the page, and how to take it away
let turn = 0;

const bar = () => document.getElementById("terminal-bar");
const keyOf = (found) => `${found.dataset.terminal} ${found.dataset.state}`;

function addStyles() {
  if (document.getElementById("xterm-styles")) return;
  const link = Object.assign(document.createElement("link"), { id: "xterm-styles", rel: "stylesheet" });
  link.href = new URL("../vendor/xterm-6.0.0/xterm.css", import.meta.url).href;
  document.head.append(link);
}

async function begin() {
  const found = bar();
  const host = document.getElementById("terminal");
  const same = shown && found && shown.key === keyOf(found) && shown.host === host && host.isConnected;
  if (same) return;
  shown?.view?.dispose();
  shown = found ? { key: keyOf(found), host, view: null } : null;
  if (!found) return;
  const mine = (turn += 1);
  addStyles();
  const ended = found.dataset.state === "ended";
  const [{ openScreen }, { View }] = await Promise.all([
    import("./terminal-screen.js"),
    ended ? import("./replay.js") : import("./terminal-live.js"),
  ]);
  const screen = await openScreen(host, { readOnly: ended });
  if (mine !== turn || shown?.host !== host) {
    screen.dispose();
    return;
  }
  shown.screen = screen;
  shown.view = new View(screen, found.dataset.terminal);
}

// Find, the same for both.
const form = () => document.getElementById("terminal-find");
const options = { decorations: { matchOverviewRuler: "#888888", activeMatchColorOverviewRuler: "#888888" } };

function find(back) {
  const text = form().elements.text.value;
  if (back) shown?.screen?.search.findPrevious(text, options);
  else shown?.screen?.search.findNext(text, options);
}

function close() {
  form().hidden = true;
  shown?.screen?.search.clearDecorations();
  shown?.screen?.term.focus();
}

document.addEventListener("click", (event) => {
  if (event.target.closest("#terminal-find-open")) {
    form().hidden = false;
    form().elements.text.focus();
  }
  const which = event.target.closest("[data-find]")?.dataset.find;
  if (which === "previous") find(true);
  if (which === "close") close();
});
document.addEventListener("submit", (event) => {
  if (event.target.id !== "terminal-find") return;
  event.preventDefault();
  find(false);
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && event.target.closest("#terminal-find")) close();
});
document.addEventListener("htmx:afterSwap", begin);
document.addEventListener("maestro:shown", begin);
document.addEventListener("DOMContentLoaded", begin);
