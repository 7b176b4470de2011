// Every code cell of a page can be run, and changed, where it stands. Made by book/_ext/listings.py; Python and the
// editor are those of the practice boxes (practise.js), and nothing is loaded before the reader asks.
(() => {
  const memory = globalThis.courseMemory; // progress.js
  const { python, editor, html, STATIC, STOPPED } = globalThis.coursePython; // practise.js
  const about = document.querySelector("course-listings")?.dataset;
  if (!about?.pyodide) return;
  const cells = new Map(); // by number: those that a reader sees
  let comes = null; // the code of all cells, also of those that only compute
  let ran = { worker: null, numbers: new Set() }; // what this Python has run already

  /** The code of all cells of the page, by number, in order. */
  function sources() {
    comes ??= fetch(new URL(`listings/${about.page}.py`, STATIC)).then(async (response) => {
      if (!response.ok) throw new Error(`the server answered ${response.status}`);
      const pieces = (await response.text()).split(/^# %% (\d+)\n/m).slice(1);
      return new Map(pieces.flatMap((piece, i) => (i % 2 ? [[Number(pieces[i - 1]), piece.replace(/\n+$/, "")]] : [])));
    }).catch((error) => {
      comes = null;
      throw new Error(`The page's code could not be loaded: ${error.message}`);
    });
    return comes;
  }

  /** What readers wrote in the boxes, by the function's name: it stands in for what is held back. */
  function own() {
    const written = memory.names("code/").filter((item) => memory.state(item) === "right" || memory.read(item));
    return Object.fromEntries(written.map((item) => [item.split("/")[2], memory.read(item)]).filter(([, code]) => code));
  }

  const OF_TABLES = new Set(["DIV", "TABLE", "CAPTION", "THEAD", "TBODY", "TFOOT", "TR", "TH", "TD", "P", "B", "STRONG", "EM", "SUB", "SUP"]);
  const KEPT = new Set(["class", "colspan", "rowspan", "scope"]);

  /** What a table needs of some HTML, and nothing that acts: the code that wrote it may have come in a file from others. */
  function harmless(words) {
    const { body } = new DOMParser().parseFromString(words, "text/html");
    for (const element of body.querySelectorAll("*")) {
      if (!OF_TABLES.has(element.tagName)) element.remove();
      for (const { name } of [...element.attributes]) if (!KEPT.has(name)) element.removeAttribute(name);
    }
    return body.childNodes;
  }

  class Cell {
    constructor(element, number) {
      this.element = element;
      this.number = number;
      this.input = element.querySelector(".cell_input");
      this.pre = this.input.querySelector("pre");
      this.original = this.pre.textContent.replace(/\n+$/, "");
      this.item = `listing/${about.page}/${number}`;
      const button = (label, onclick) => html("button", { type: "button", onclick }, label);
      this.buttons = {
        run: button("Run", () => this.act()),
        change: button("Change", () => this.open()),
        stop: button("Stop", () => python.restart(STOPPED)),
        reset: button("Start over", () => this.reset()),
      };
      this.buttons.stop.hidden = this.buttons.reset.hidden = true;
      this.status = html("span", { class: "listing-status", role: "status" });
      this.output = html("div", { class: "listing-output", hidden: true, role: "region", tabindex: "0", "aria-label": "What your run of this code shows" });
      this.input.append(html("div", { class: "listing-actions" }, ...Object.values(this.buttons), this.status));
      element.append(this.output);
      if (memory.read(this.item) !== null) this.say("You have changed this code; Change shows yours.");
    }

    get text() {
      return this.view?.text ?? memory.read(this.item) ?? this.original;
    }

    /** The editor in place of the listing. */
    async open() {
      if (this.view) return this.view.focus();
      try {
        const { create } = await editor();
        const place = html("div", { class: "practise-editor listing-editor" });
        this.pre.hidden = true;
        this.pre.after(place);
        const run = () => (this.act(), true);
        this.view = create({
          parent: place, text: this.text, selection: { anchor: 0 },
          keys: [{ key: "Mod-Enter", run }, { key: "Shift-Enter", run }],
          attributes: { "aria-label": "The code of this cell" },
          changed: (text) => memory.write(this.item, text === this.original ? null : text),
          escaped: () => this.say("Tab now leaves the editor."),
        });
        this.buttons.change.hidden = true;
        this.buttons.reset.hidden = false;
        this.view.focus();
      } catch (error) {
        this.say(`${error.message}; Run works as well.`);
      }
    }

    reset() {
      memory.write(this.item, null);
      if (this.view) this.view.text = this.original;
      this.say("Back at the start.");
    }

    say(text) {
      this.status.textContent = text;
    }

    async act() {
      if (this.busy) return;
      this.busy = true;
      this.buttons.run.setAttribute("aria-disabled", "true");
      this.buttons.stop.hidden = false;
      this.view?.mark(null);
      try {
        await this.run();
      } catch (error) {
        this.say(error.message === STOPPED ? STOPPED : `This code cannot run here: ${error.message.replace(/\.$/, "")}. Run tries again.`);
      }
      this.busy = false;
      this.buttons.run.removeAttribute("aria-disabled");
      this.buttons.stop.hidden = true;
    }

    /** Run what stands above and was not run yet, then this. */
    async run() {
      const all = await sources();
      const before = [...all.keys()].filter((number) => number < this.number);
      for (const number of [...before, this.number]) {
        if (number !== this.number && ran.worker === python.worker && ran.numbers.has(number)) continue;
        const printed = [];
        const last = number === this.number;
        const code = last ? this.text : cells.get(number)?.text ?? all.get(number);
        const request = { task: "listing", page: about.page, code, own: own() };
        const reply = await python.ask(about, request, {}, (message) => {
          if (message.kind === "output") printed.push(message.text);
          else this.say(last || message.share !== undefined ? `${message.text} …` : "Running the cells above …");
        });
        if (ran.worker !== python.worker) ran = { worker: python.worker, numbers: new Set() };
        if (reply.ok) ran.numbers.add(number);
        if (!reply.ok && !last) return this.say(`A cell above does not run: ${reply.text}`);
        if (last) this.show(reply, printed.join(""));
      }
    }

    show({ ok, text, line, shown }, printed) {
      const parts = shown.map(({ kind, text: words }) => {
        if (kind === "picture") return html("img", { src: `data:image/png;base64,${words}`, alt: "The figure that your run drew" });
        const part = html(kind === "html" ? "div" : "pre", {});
        if (kind === "html") part.append(...harmless(words));
        else part.textContent = words;
        return part;
      });
      this.output.replaceChildren(
        ...(printed ? [html("pre", {}, printed)] : []), ...parts, ...(ok ? [] : [html("pre", { class: "listing-error" }, text)]),
      );
      this.output.hidden = !this.output.childNodes.length;
      if (line) this.view?.mark(line);
      this.say(!ok ? "It stopped." : this.output.hidden ? "Ran; nothing is shown." : "Ran: below is what it shows.");
    }
  }

  for (const element of document.querySelectorAll(".cell[class*='listing-no-']")) {
    if (!element.querySelector(".cell_input pre")) continue;
    const number = Number(element.className.match(/listing-no-(\d+)/)[1]);
    cells.set(number, new Cell(element, number));
  }
})();
