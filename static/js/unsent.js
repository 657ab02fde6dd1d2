// What a person did and the server did not hear, or could not do, is said where they look; the
// next answer takes it away again.
function tell(event, words) {
  const { verb, elt } = event.detail.requestConfig ?? {};
  if (verb === "get" && !elt?.matches?.("a, form")) return;
  const notice = document.getElementById("unsent");
  notice.querySelector("[data-unsent]").textContent = words;
  notice.hidden = false;
}

document.addEventListener("htmx:sendError", (event) => {
  tell(event, "Not sent: the server cannot be reached. What you typed is still here; send it again when the line is back.");
});
document.addEventListener("htmx:responseError", (event) => {
  tell(event, "Not done: the server failed. What you typed is still here; its log says what went wrong.");
});
