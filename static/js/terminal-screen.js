// The screen of a terminal: xterm.js in our colours, with find, links, copy and a way out by keys.
import { FitAddon } from "../vendor/xterm-addon-fit-0.11.0/addon-fit.mjs";
import { SearchAddon } from "../vendor/xterm-addon-search-0.16.0/addon-search.mjs";
import { Unicode11Addon } from "../vendor/xterm-addon-unicode11-0.9.0/addon-unicode11.mjs";
import { WebLinksAddon } from "../vendor/xterm-addon-web-links-0.12.0/addon-web-links.mjs";
import { Terminal } from "../vendor/xterm-6.0.0/xterm.mjs";
import { withOwnStyles } from "./terminal-styles.js";

const FONT_PX = 12;
const SMALLEST_FONT_PX = 10; // what is wider still is scrolled
const SCROLLBACK_LINES = 10000;
const COLOURS = {
  background: "bg", foreground: "ink", cursor: "ink", cursorAccent: "bg", selectionBackground: "selection",
  black: "black", red: "red", green: "green", yellow: "amber", blue: "blue", magenta: "magenta", cyan: "cyan", white: "ink",
  brightBlack: "dim", brightRed: "red-bright", brightGreen: "green-bright", brightYellow: "amber-bright",
  brightBlue: "blue-bright", brightMagenta: "magenta-bright", brightCyan: "cyan-bright", brightWhite: "white",
};

// xterm.js knows no oklch(): a pixel of it says what it is. Each has a probe of its own, because one
// that changed its colour would still show the one before, where reduced motion makes it take 1 ms.
function theme(host) {
  const pixel = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const found = Object.entries(COLOURS).map(([name, token]) => {
    const probe = document.createElement("i");
    probe.style.color = `var(--term-${token})`;
    host.append(probe);
    pixel.clearRect(0, 0, 1, 1);
    pixel.fillStyle = getComputedStyle(probe).color;
    probe.remove();
    pixel.fillRect(0, 0, 1, 1);
    const [red, green, blue, alpha] = pixel.getImageData(0, 0, 1, 1).data;
    return [name, `rgba(${red}, ${green}, ${blue}, ${alpha / 255})`];
  });
  return Object.fromEntries(found);
}

export class Screen {
  constructor(host, { readOnly }) {
    this.host = host;
    this.term = new Terminal({
      allowProposedApi: true, // for the widths of Unicode 11
      cursorBlink: !readOnly && !matchMedia("(prefers-reduced-motion: reduce)").matches,
      cursorInactiveStyle: "outline",
      disableStdin: readOnly,
      fontFamily: getComputedStyle(document.documentElement).getPropertyValue("--font-mono"),
      fontSize: FONT_PX,
      lineHeight: 1.25,
      scrollback: SCROLLBACK_LINES,
      theme: theme(host),
    });
    this.search = new SearchAddon();
    this.fitting = new FitAddon();
    for (const addon of [this.search, this.fitting, new WebLinksAddon(), new Unicode11Addon()]) this.term.loadAddon(addon);
    this.term.unicode.activeVersion = "11";
    withOwnStyles(() => this.term.open(host));
    this.term.textarea.setAttribute("aria-label", readOnly ? "Terminal, as it was. F6 leaves it" : "Terminal input. F6 leaves it");
    this.term.attachCustomKeyEventHandler((event) => this.key(event));
    this.watchTheme();
  }

  // As the process's terminal is; a viewer who may not change that sees it smaller.
  show(columns, rows, { shrink }) {
    this.term.options.fontSize = FONT_PX;
    this.term.resize(columns, rows);
    if (!shrink) return;
    const wide = this.term.element.querySelector(".xterm-screen").offsetWidth;
    const room = this.host.clientWidth - 26; // padding and scroll bar
    if (wide > room) this.term.options.fontSize = Math.max(SMALLEST_FONT_PX, Math.floor((FONT_PX * room) / wide * 2) / 2);
  }

  // How many columns and rows there is room for in the usual size of letters.
  room() {
    this.term.options.fontSize = FONT_PX;
    const found = this.fitting.proposeDimensions();
    return found && Number.isFinite(found.cols) ? { columns: Math.max(20, found.cols), rows: Math.max(5, found.rows) } : null;
  }

  key(event) {
    if (event.type !== "keydown") return true;
    const both = (event.ctrlKey || event.metaKey) && event.shiftKey;
    if (event.key === "F6") this.leave(event.shiftKey);
    else if (both && event.code === "KeyF") document.getElementById("terminal-find-open").click();
    else if (both && event.code === "KeyC") document.execCommand("copy");
    else if (event.ctrlKey && !event.shiftKey && event.code === "KeyC" && this.term.hasSelection()) {
      document.execCommand("copy");
      this.term.clearSelection();
    } else return true;
    event.preventDefault();
    return false;
  }

  leave(back) {
    const next = back ? document.getElementById("timeline-pane") : document.getElementById("terminal-full");
    (next ?? document.getElementById("main")).focus();
  }

  watchTheme() {
    const paint = () => { this.term.options.theme = theme(this.host); };
    this.scheme = matchMedia("(prefers-color-scheme: dark)");
    this.scheme.addEventListener("change", paint);
    this.chosen = new MutationObserver(paint);
    this.chosen.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    this.paint = paint;
  }

  dispose() {
    this.scheme.removeEventListener("change", this.paint);
    this.chosen.disconnect();
    this.term.dispose();
    this.host.replaceChildren();
  }
}

export async function openScreen(host, options) {
  await Promise.all([document.fonts.load(`${FONT_PX}px "IBM Plex Mono"`), document.fonts.load(`500 ${FONT_PX}px "IBM Plex Mono"`)]);
  return new Screen(host, options);
}
