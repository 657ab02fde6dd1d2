// Notifications of the browser, for those who asked for them: a question, or a session that failed.
const WANTED = "maestro_notify";
const KINDS = new Set(["waiting", "failed"]);
const isPossible = "Notification" in window && window.isSecureContext;

let newestAt = 0;

const attention = () => document.getElementById("attention");
const isWanted = () => isPossible && Notification.permission === "granted" && localStorage.getItem(WANTED) === "on";

function words() {
  if (!isPossible) return "Not possible here";
  if (Notification.permission === "denied") return "Blocked by the browser";
  return isWanted() ? "Notifying you" : "Notify me";
}

function draw() {
  for (const button of document.querySelectorAll("[data-notify]")) {
    button.hidden = false;
    button.disabled = !isPossible || Notification.permission === "denied";
    button.setAttribute("aria-pressed", String(isWanted()));
    const word = button.querySelector("[data-notify-word]");
    if (word.textContent !== words()) word.textContent = words();
  }
}

async function toggle() {
  if (isWanted()) localStorage.setItem(WANTED, "off");
  else if (await Notification.requestPermission() === "granted") localStorage.setItem(WANTED, "on");
  draw();
}

function tell({ session, at, about, href }, title) {
  // Of several pages that say the same, the tag leaves one.
  const said = new Notification(title, { body: about, tag: `${session} ${at}`, icon: document.getElementById("favicon").dataset.alert });
  said.addEventListener("click", () => {
    window.focus();
    location.assign(href);
    said.close();
  });
}

function look() {
  const { dataset, textContent } = attention();
  const at = Number(dataset.at ?? 0);
  if (at <= newestAt) return;
  newestAt = at;
  if (KINDS.has(dataset.kind) && isWanted() && !document.hasFocus()) tell(dataset, textContent);
}

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-notify]")) toggle();
});
document.addEventListener("maestro:shown", () => {
  look();
  draw();
});
document.addEventListener("htmx:afterSwap", draw);
addEventListener("storage", draw);
document.addEventListener("DOMContentLoaded", () => {
  newestAt = Number(attention()?.dataset.at ?? 0);
  draw();
});
