// A running process's terminal over its socket: goes on from where it was, writes if it may.
const WINDOW_BYTES = 1 << 20; // the server sends no more than this ahead of what is on the screen
const PIECE_CHARACTERS = 8000; // six bytes a character at worst, and frames end at 64 KiB
const FIRST_RETRY_MS = 200;
const LONGEST_RETRY_MS = 3000;
const REFUSED = 4400;
const COME_BACK = 4012;
const KEYS = {
  escape: "\x1b", tab: "\t", interrupt: "\x03", up: "\x1b[A", down: "\x1b[B", left: "\x1b[D", right: "\x1b[C",
};
const WORDS = {
  connecting: "Connecting…",
  away: "Reconnecting. Nothing is lost.",
  you: "Typing goes to the agent. F6 leaves.",
  nobody: "Click and type to write to the agent.",
  another: "Another window types here.",
};

export class View {
  constructor(screen, sessionId) {
    this.screen = screen;
    this.sessionId = sessionId;
    this.received = 0;
    this.drawn = 0;
    this.acknowledged = 0;
    this.oldUntil = 0;
    this.who = "nobody";
    this.wasWriter = false;
    this.gesture = false;
    this.over = false;
    this.retryMs = FIRST_RETRY_MS;
    this.take = this.take.bind(this);
    this.begun = this.begun.bind(this);
    this.pressed = this.pressed.bind(this);
    this.listen();
    this.connect();
  }

  listen() {
    const { term, host } = this.screen;
    term.onData((data) => this.typed(data));
    term.onBinary((data) => this.write({ base64: btoa(data) }));
    for (const name of ["keydown", "paste", "beforeinput", "pointerdown", "wheel"]) {
      host.addEventListener(name, this.begun, { capture: true, passive: true });
    }
    this.button = document.getElementById("terminal-take");
    this.button.addEventListener("click", this.take);
    this.keys = document.querySelector(".term__keys");
    this.keys?.addEventListener("click", this.pressed);
    this.size = new ResizeObserver(() => {
      clearTimeout(this.soon);
      this.soon = setTimeout(() => this.fit(), 100);
    });
    this.size.observe(host);
  }

  connect() {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const path = `/ws/terminal/${this.sessionId}?from=${this.received}&window=${WINDOW_BYTES}`;
    this.socket = new WebSocket(`${scheme}://${location.host}${path}`);
    this.socket.binaryType = "arraybuffer";
    this.socket.addEventListener("message", ({ data }) => {
      if (typeof data === "string") this.hear(JSON.parse(data));
      else this.draw(new Uint8Array(data));
    });
    this.socket.addEventListener("close", ({ code }) => this.lost(code));
  }

  lost(code) {
    if (this.over || (code >= REFUSED && code < REFUSED + 100)) return;
    this.wasWriter ||= this.who === "you";
    this.who = "nobody";
    this.tell(this.received ? "away" : "connecting");
    const wait = code === COME_BACK ? FIRST_RETRY_MS : this.retryMs * (0.5 + Math.random());
    this.retryMs = Math.min(this.retryMs * 2, LONGEST_RETRY_MS);
    this.retry = setTimeout(() => this.connect(), wait);
  }

  say(message) {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }

  // What comes

  hear(message) {
    if (message.type === "start") this.started(message);
    else if (message.type === "size") this.resized(message);
    else if (message.type === "writer") this.passed(message.who);
    else if (message.type === "dropped") this.dropped(message);
    else if (message.type === "exit") this.exited(message);
    else if (message.type === "error") this.refused(message);
  }

  started({ offset, end }) {
    this.retryMs = FIRST_RETRY_MS;
    this.received = offset;
    this.acknowledged = offset;
    this.oldUntil = end;
  }

  draw(bytes) {
    this.received += bytes.length;
    const upTo = this.received;
    this.screen.term.write(bytes, () => {
      this.drawn = upTo;
      if (upTo - this.acknowledged < WINDOW_BYTES / 8) return;
      this.acknowledged = upTo;
      this.say({ type: "ack", offset: upTo });
    });
  }

  // In its place among the bytes: what came before was meant for the other size.
  resized({ columns, rows }) {
    this.columns = columns;
    this.rows = rows;
    this.screen.term.write("", () => this.screen.show(columns, rows, { shrink: this.who !== "you" }));
  }

  dropped({ from, to }) {
    this.received = to;
    const size = (to - from).toLocaleString("en");
    this.screen.term.write(`\x1b[0m\r\n── ${size} bytes of older output are no longer kept ──\r\n`);
  }

  exited({ exitCode, signal }) {
    this.over = true;
    this.who = "nobody";
    this.button.hidden = true;
    this.tell(signal ? `Ended by ${signal}.` : exitCode === null ? "Ended." : `Ended with exit code ${exitCode}.`);
    this.screen.term.options.disableStdin = true;
    document.dispatchEvent(new CustomEvent("maestro:stale"));
  }

  refused({ code, message }) {
    if (code !== "not_running") this.tell(null, message);
  }

  // Who writes

  passed(who) {
    const back = who === "nobody" && this.wasWriter && document.hasFocus();
    this.who = who;
    this.button.hidden = who !== "another";
    this.tell(who);
    if (who !== "nobody") this.wasWriter = false;
    if (back) this.take();
    else this.fit();
  }

  take() {
    this.say({ type: "take" });
    this.screen.term.focus();
  }

  fit() {
    if (this.who !== "you") {
      if (this.columns) this.screen.show(this.columns, this.rows, { shrink: true });
      return;
    }
    const room = this.screen.room();
    if (!room || (room.columns === this.columns && room.rows === this.rows)) return;
    this.say({ type: "resize", ...room });
  }

  // A person's doing: until it is over, what xterm.js sends is typed, else it answers the program.
  begun(event) {
    if (event.type === "keydown" && (event.key === "F6" || event.key === "Tab" && event.shiftKey)) return;
    if (this.who === "nobody" && event.type !== "wheel") this.take();
    this.gesture = true;
    clearTimeout(this.resting);
    this.resting = setTimeout(() => { this.gesture = false; });
  }

  typed(data) {
    // An answer to what a program asked long ago would be typed into another.
    if (!this.gesture && (this.who !== "you" || this.drawn < this.oldUntil)) return;
    for (let at = 0; at < data.length;) {
      let end = Math.min(at + PIECE_CHARACTERS, data.length);
      if (end < data.length && /[\ud800-\udbff]/.test(data[end - 1])) end -= 1;
      this.write({ data: data.slice(at, end) });
      at = end;
    }
  }

  write(input) {
    if (this.who !== "another") this.say({ type: "input", ...input });
  }

  // A key of the row under the screen; in the form that the program has asked for.
  pressed(event) {
    const name = event.target.closest("[data-key-of]")?.dataset.keyOf;
    if (!name) return;
    const moves = this.screen.term.modes.applicationCursorKeysMode && KEYS[name].startsWith("\x1b[");
    this.begun(event);
    this.typed(moves ? KEYS[name].replace("[", "O") : KEYS[name]);
    this.screen.term.focus();
  }

  tell(who, words = WORDS[who]) {
    const line = document.getElementById("terminal-words");
    if (line && line.textContent !== words) line.textContent = words;
  }

  dispose() {
    this.over = true;
    clearTimeout(this.retry);
    clearTimeout(this.soon);
    this.size.disconnect();
    this.button.removeEventListener("click", this.take);
    this.keys?.removeEventListener("click", this.pressed);
    for (const name of ["keydown", "paste", "beforeinput", "pointerdown", "wheel"]) {
      this.screen.host.removeEventListener(name, this.begun, { capture: true });
    }
    this.socket.close();
    this.screen.dispose();
  }
}
