// A recording played again: its clock is the timeline's, so each shows where the other is.
const BYTES_AT_ONCE = 1 << 20; // what one request may ask for
const REDRAWN_BYTES = 2 << 20; // how far before a moment its screen is drawn from
const TICK_MS = 50;
const LONGEST_SILENCE_MS = 2000;
const [AT, OFFSET, COLUMNS, ROWS] = [0, 1, 2, 3];

const two = (number) => String(number).padStart(2, "0");
const figures = (ms) => {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const hours = Math.floor(seconds / 3600);
  const rest = `${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  return hours ? `${hours}:${rest}` : rest.replace(/^0/, "");
};

export class View {
  constructor(screen, sessionId) {
    this.screen = screen;
    this.path = `/api/sessions/${sessionId}/terminal`;
    this.offset = 0;
    this.turn = 0;
    this.playing = null;
    this.busy = false;
    this.gone = false;
    this.box = document.getElementById("replay");
    this.range = document.getElementById("replay-at");
    this.speed = document.getElementById("replay-speed");
    this.controls = new AbortController();
    this.listen();
    this.open();
  }

  listen() {
    const { signal } = this.controls;
    this.range.addEventListener("input", () => this.scrubbed(), { signal });
    this.box.querySelector("[data-replay]").addEventListener("click", () => this.toggle(), { signal });
    document.addEventListener("click", (event) => this.chosen(event), { signal, capture: true });
    for (const name of ["maestro:shown", "htmx:afterSwap"]) document.addEventListener(name, () => this.again(), { signal });
    this.size = new ResizeObserver(() => this.resize());
    this.size.observe(this.screen.host);
  }

  async open() {
    this.say("What it printed.");
    const answer = await fetch(`${this.path}/marks`);
    if (!answer.ok || this.gone) return;
    const found = await answer.json();
    if (!found.marks.length) return;
    Object.assign(this, { marks: found.marks, first: found.start, last: found.end });
    this.start = found.marks[0][AT];
    this.end = Math.max(found.marks.at(-1)[AT], found.endedAt ?? 0);
    this.range.max = this.end - this.start;
    if (found.start) this.say(`${found.start.toLocaleString("en")} bytes of older output are no longer kept.`);
    const event = document.querySelector(".ev.is-selected");
    await this.seek(event ? this.momentOf(event) : this.end);
  }

  // Moments and places

  momentOf(event) {
    return Date.parse(event.querySelector("time").dateTime);
  }

  // The number of the first mark after that moment.
  after(at) {
    let [low, high] = [0, this.marks.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.marks[middle][AT] > at) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  offsetAt(at) {
    const next = this.after(at);
    return next < this.marks.length ? this.marks[next][OFFSET] : this.last;
  }

  async seek(at) {
    this.at = Math.min(Math.max(at, this.start), this.end);
    this.tell();
    const turn = (this.turn += 1);
    const target = this.offsetAt(this.at);
    if (target < this.offset || target - this.offset > REDRAWN_BYTES) {
      await this.drawn();
      if (turn !== this.turn) return;
      this.screen.term.reset();
      this.offset = Math.max(this.first, target - REDRAWN_BYTES);
    }
    await this.feed(target, turn);
  }

  async feed(target, turn) {
    this.busy = true;
    let piece = this.markBefore(this.offset);
    while (this.offset < target && turn === this.turn && !this.gone) {
      const bytes = await this.read(this.offset, Math.min(BYTES_AT_ONCE, target - this.offset));
      if (turn !== this.turn || this.gone || !bytes.length) break;
      const until = this.offset + bytes.length;
      let from = 0;
      for (; piece < this.marks.length && this.marks[piece][OFFSET] < until; piece += 1) {
        const [, offset, columns, rows] = this.marks[piece];
        const here = Math.max(0, offset - this.offset);
        if (columns === this.columns && rows === this.rows) continue;
        this.screen.term.write(bytes.subarray(from, here));
        from = here;
        this.resize(columns, rows);
      }
      this.screen.term.write(bytes.subarray(from));
      this.offset = until;
      await this.drawn();
    }
    if (turn === this.turn) this.busy = false;
  }

  markBefore(offset) {
    let [low, high] = [0, this.marks.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.marks[middle][OFFSET] > offset) high = middle;
      else low = middle + 1;
    }
    return Math.max(0, low - 1);
  }

  async read(from, limit) {
    if (this.kept && from >= this.kept.from && from + limit <= this.kept.from + this.kept.bytes.length) {
      return this.kept.bytes.subarray(from - this.kept.from, from - this.kept.from + limit);
    }
    const answer = await fetch(`${this.path}?from=${from}&limit=${BYTES_AT_ONCE}`);
    if (!answer.ok) return new Uint8Array();
    this.kept = { from: Number(answer.headers.get("X-Terminal-Offset")), bytes: new Uint8Array(await answer.arrayBuffer()) };
    return this.kept.bytes.subarray(0, limit);
  }

  resize(columns = this.columns, rows = this.rows) {
    if (!columns) return;
    Object.assign(this, { columns, rows });
    this.screen.term.write("", () => this.gone || this.screen.show(columns, rows, { shrink: true }));
  }

  drawn() {
    return new Promise((done) => this.screen.term.write("", done));
  }

  // What a person does

  scrubbed() {
    this.pause();
    this.seek(this.start + Number(this.range.value));
    this.mark();
  }

  chosen(click) {
    const event = click.target.closest("#timeline .ev");
    if (!event || !this.marks || click.ctrlKey || click.metaKey || click.shiftKey) return;
    if (click.target.closest("summary, details pre") || (click.target.closest("a") && !click.target.closest("[data-event-link]"))) return;
    click.preventDefault();
    this.pause();
    this.seek(this.momentOf(event));
    this.select(event);
  }

  toggle() {
    if (this.playing) this.pause();
    else this.play();
  }

  play() {
    if (!this.marks) return;
    if (this.at >= this.end) this.seek(this.start);
    let before = performance.now();
    this.playing = setInterval(() => {
      const now = performance.now();
      const passed = (now - before) * Number(this.speed.value);
      before = now;
      if (!this.busy) this.step(passed);
    }, TICK_MS);
    this.button(true);
  }

  step(passed) {
    const next = this.marks[this.after(this.at)]?.[AT] ?? this.end;
    const silent = next - this.at > LONGEST_SILENCE_MS ? next - LONGEST_SILENCE_MS : this.at;
    this.seek(Math.max(this.at, silent) + passed);
    this.mark();
    if (this.at >= this.end) this.pause();
  }

  pause() {
    clearInterval(this.playing);
    this.playing = null;
    this.button(false);
  }

  button(on) {
    const button = this.box.querySelector("[data-replay]");
    button.setAttribute("aria-pressed", String(on));
    button.setAttribute("aria-label", on ? "Pause" : "Play");
  }

  // What is shown

  tell() {
    this.range.value = this.at - this.start;
    const clock = new Date(this.at).toLocaleTimeString("en-GB", { hour12: false });
    this.box.querySelector("output").textContent = `${clock} · ${figures(this.at - this.start)} of ${figures(this.end - this.start)}`;
    this.range.setAttribute("aria-valuetext", clock);
  }

  // The timeline's newest event at this moment.
  mark() {
    let found = null;
    for (const event of document.querySelectorAll("#timeline .ev")) {
      if (this.momentOf(event) <= this.at) found = event;
    }
    if (found && !found.classList.contains("is-selected")) this.select(found);
  }

  // What was drawn anew may have been asked for before the newest selection.
  again() {
    const event = document.getElementById(new URL(location.href).searchParams.get("event"));
    if (event?.matches("#timeline .ev:not(.is-selected)")) this.only(event);
  }

  only(event) {
    for (const other of document.querySelectorAll("#timeline .ev.is-selected")) other.classList.remove("is-selected");
    event.classList.add("is-selected");
  }

  select(event) {
    this.only(event);
    event.scrollIntoView({ block: "nearest" });
    const url = new URL(location.href);
    url.searchParams.set("event", event.id);
    history.replaceState(history.state, "", url);
  }

  say(words) {
    document.getElementById("terminal-words").textContent = words;
  }

  dispose() {
    this.gone = true;
    this.pause();
    this.controls.abort();
    this.size.disconnect();
    this.screen.dispose();
  }
}
