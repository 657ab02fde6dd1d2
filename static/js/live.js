// One socket a page: says what the page shows, morphs in what changed, and comes back by itself.
import { topicOf } from "./chart.js";
import { now, tick } from "./clock.js";
import { callbacks } from "./keep.js";
import { keepRead } from "./tail.js";

const { htmx, Idiomorph } = window;
const FIRST_RETRY_MS = 200;
const LONGEST_RETRY_MS = { visible: 1000, hidden: 15000 };
const QUIET_MS = 1500;
const LOGGED_OUT = 4401;

let socket = null;
let retryMs = FIRST_RETRY_MS;
let retry = null;
let epoch = document.body.dataset.epoch;
let seqs = new Map();
let lastAt = Number(document.body.dataset.last) || null;
let downSince = null;
let wanted = false;

const main = () => document.getElementById("main");
const topics = () => main().dataset.show.split(" ").filter(Boolean).map(topicOf);

function startOver() {
  const seq = Number(main().dataset.seq);
  seqs = new Map(topics().map((topic) => [topic, seq]));
}

function say() {
  if (socket?.readyState !== WebSocket.OPEN) return;
  socket.send(JSON.stringify({ show: [...seqs.keys()], after: Math.min(...seqs.values()) }));
}

function connect() {
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  socket = new WebSocket(`${scheme}://${location.host}/ws/ui`);
  socket.addEventListener("message", (event) => hear(JSON.parse(event.data)));
  socket.addEventListener("close", lost);
}

function lost(event) {
  if (event.code === LOGGED_OUT) {
    location.reload(); // which leads to the door, and back here
    return;
  }
  downSince ??= Date.now();
  retryMs = Math.min(retryMs * 2, LONGEST_RETRY_MS[document.visibilityState] ?? LONGEST_RETRY_MS.hidden);
  // Spread, so that all the pages of a server do not come back in one moment.
  retry = setTimeout(comeBack, retryMs * (0.5 + Math.random()));
  showConnection();
}

function comeBack() {
  if (retry === null) return;
  clearTimeout(retry);
  retry = null;
  connect();
}

// Somebody looks again, or the network is back: no reason to wait any longer.
function comeBackNow() {
  if (document.visibilityState === "hidden") return;
  retryMs = FIRST_RETRY_MS;
  comeBack();
}

function hear(message) {
  if (message.type === "hello") greet(message);
  else if (message.type === "html") show(message);
  else if (message.type === "resync") refetch();
}

function greet(message) {
  retryMs = FIRST_RETRY_MS;
  downSince = null;
  if (epoch !== message.epoch) {
    epoch = message.epoch;
    refetch();
  } else {
    say();
  }
  showConnection();
}

// A table's row comes in a template: beside other elements it would be no row.
const whole = (piece) => (piece.localName === "template" ? [...piece.content.children] : [piece]);

function show(message) {
  document.dispatchEvent(new CustomEvent("maestro:before"));
  const template = document.createElement("template");
  template.innerHTML = message.html;
  for (const fresh of [...template.content.children].flatMap(whole)) put(fresh);
  if (seqs.has(message.topic) && message.seq > seqs.get(message.topic)) {
    seqs.set(message.topic, message.seq);
    lastAt = now();
  }
  tick();
  showWaiting();
  showConnection();
  document.dispatchEvent(new CustomEvent("maestro:shown"));
}

// A form whose answer is on its way stays: htmx asks it where that answer goes.
function stays(node) {
  if (node.nodeType !== 1) return false;
  return node.matches("[data-stay], .htmx-request") || node.querySelector(".htmx-request") !== null;
}

function put(fresh) {
  const old = document.getElementById(fresh.id);
  if (!old) return;
  if (old.closest("[data-held]")) {
    old.dispatchEvent(new CustomEvent("maestro:held", { bubbles: true, detail: fresh }));
    return;
  }
  keepRead(old, fresh);
  Idiomorph.morph(old, fresh, {
    morphStyle: "outerHTML",
    callbacks: { ...callbacks, beforeNodeRemoved: (node) => !stays(node) },
  });
  const now = document.getElementById(fresh.id);
  if (now) htmx.process(now);
}

// The page's own content anew, into the page as it stands.
async function refetch() {
  if (wanted) return;
  wanted = true;
  try {
    await htmx.ajax("GET", location.pathname + location.search, {
      source: "#main", target: "#main", select: "#main", swap: "morph:outerHTML show:none",
    });
  } finally {
    wanted = false;
  }
}

function showWaiting() {
  const count = Number(document.getElementById("attention").dataset.waiting);
  const title = document.title.replace(/^\(\d+\) /, "");
  const shown = count ? `(${count}) ${title}` : title;
  if (document.title !== shown) document.title = shown;
  const icon = document.getElementById("favicon");
  const href = count ? icon.dataset.alert : icon.dataset.calm;
  if (icon.getAttribute("href") !== href) icon.setAttribute("href", href);
}

const clock = (at) => new Date(at).toLocaleTimeString("en-GB", { hour12: false });

function showConnection() {
  const down = downSince !== null && Date.now() - downSince > QUIET_MS;
  const state = down ? "down" : socket?.readyState === WebSocket.OPEN ? "live" : "connecting";
  const since = lastAt === null ? "" : `, last event ${ago(lastAt)}`;
  const words = { down: "Reconnecting", live: `Live${since}`, connecting: "Connecting" }[state];
  for (const line of document.querySelectorAll("[data-connection]")) {
    if (line.dataset.state !== state) line.dataset.state = state;
    const text = line.querySelector("[data-connection-text]");
    if (text.textContent !== words) text.textContent = words;
    line.title = words;
  }
  const banner = document.getElementById("reconnecting");
  if (banner && banner.hidden === down) {
    banner.querySelector("[data-reconnecting]").textContent = `Showing ${clock(downSince ?? Date.now())}.`;
    banner.hidden = !down;
  }
}

function ago(at) {
  const seconds = Math.max(0, Math.round((now() - at) / 1000));
  return seconds < 60 ? `${seconds}\u00a0s ago` : `${Math.floor(seconds / 60)}\u00a0min ago`;
}

function begin() {
  startOver();
  say();
}

document.addEventListener("maestro:stale", refetch);
document.addEventListener("visibilitychange", comeBackNow);
window.addEventListener("online", comeBackNow);
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target?.id !== "main" && event.target?.id !== "main") return;
  begin();
  showWaiting();
});
setInterval(showConnection, 1000);
document.addEventListener("DOMContentLoaded", () => {
  startOver();
  connect();
});
