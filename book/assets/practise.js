// <practise-box>: write a function in the page, run it, check it. Made by book/_ext/practise.py. Python is loaded on
// the first key pressed in a box, or the first Run or Check, the editor on the first visit to a box; until then this file
// is all that the page loads.
(() => {
  const memory = globalThis.courseMemory; // progress.js
  const STATIC = new URL(".", document.currentScript.src);
  const MAC = /Mac|iP(?:hone|ad)/.test(navigator.platform);

  /** An element with attributes and children; `onclick` and the like are handlers. */
  function html(name, attributes = {}, ...children) {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) {
      if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
      else if (typeof value === "boolean") element.toggleAttribute(key, value);
      else element.setAttribute(key, value);
    }
    element.append(...children);
    return element;
  }

  /** Python in a worker: one for the page, made when first asked, made anew after Stop. */
  const python = {
    worker: null,
    jobs: new Map(),
    count: 0,
    loading: null, // how much of it has come
    used: false,
    failed: false, // it could not be loaded: it is not tried again until it is asked for

    /** Get Python ready; `bytes` is what has to come for it, 0 if that is not known. */
    start({ pyodide: place, bytes }) {
      if (this.worker) return;
      if (!place) throw new Error("this copy of the book has none");
      const pyodide = new URL(place, STATIC).href;
      this.worker = new Worker(new URL("practise-worker.js", STATIC));
      this.from = { pyodide: place, bytes };
      this.loading = { share: null, text: "Loading Python" };
      const { worker } = this;
      // A worker that was given up may still be heard of.
      worker.addEventListener("message", ({ data }) => worker === this.worker && this.hear(data));
      worker.addEventListener("error", (event) => {
        event.preventDefault();
        if (worker === this.worker) this.lose(event.message || "the worker could not be started");
      });
      this.worker.postMessage({ kind: "start", pyodide, bytes: Number(bytes), site: STATIC.href.replace(/[^/]*$/, "") });
    },

    /** Ask for a job; `follow` hears of printed text and of steps. */
    async ask(from, request, files, follow) {
      this.start(from);
      this.count += 1;
      const job = this.count;
      const reply = new Promise((resolve, reject) => this.jobs.set(job, { resolve, reject, follow }));
      this.worker.postMessage({ kind: "job", job, request, files });
      if (this.loading) follow({ kind: "progress", ...this.loading });
      return reply;
    },

    hear(message) {
      const job = this.jobs.get(message.job);
      if (message.kind === "progress" && !message.job) {
        this.loading = message;
        for (const one of this.jobs.values()) one.follow(message);
      } else if (message.kind === "ready") {
        this.loading = null;
        this.used = true;
      } else if (message.kind === "unavailable") {
        this.lose(message.text);
      } else if (message.kind === "broken") {
        this.jobs.delete(message.job);
        job?.reject(new Error(message.text));
        // Pyodide cannot go on after an error of its own.
        this.restart("Python stopped and was started again.");
      } else if (message.kind === "reply") {
        this.jobs.delete(message.job);
        job?.resolve(message.reply);
      } else {
        job?.follow(message);
      }
    },

    /** Give up the worker: whoever waits is told why. */
    lose(reason) {
      this.failed = !this.used;
      this.worker?.terminate();
      this.worker = this.loading = null;
      const waiting = [...this.jobs.values()];
      this.jobs.clear();
      for (const job of waiting) job.reject(new Error(reason));
    },

    /** End what runs, at once, and get a fresh Python ready. */
    restart(reason) {
      this.lose(reason);
      if (this.used) this.start(this.from);
    },
  };

  /** The editor's script and style, loaded once. */
  let editorComes = null;
  function editor() {
    editorComes ??= (async () => {
      const loaded = (element) => new Promise((resolve, reject) => {
        element.addEventListener("load", resolve);
        element.addEventListener("error", () => reject(new Error("The editor could not be loaded")));
        document.head.append(element);
      });
      // The style first: the editor measures its lines when it is made.
      await Promise.all([
        loaded(html("link", { rel: "stylesheet", href: new URL("practise-editor.css", STATIC).href })),
        loaded(html("script", { src: new URL("vendor/codemirror/codemirror.js", STATIC).href })),
      ]);
      return globalThis.courseEditor;
    })().catch((error) => {
      editorComes = null; // so that the next visit tries again
      throw error;
    });
    return editorComes;
  }

  const STOPPED = "Stopped.";
  const PATIENCE = 4000; // milliseconds after which a running function is said to run on
  let counter = 0;

  /** The lines of a verdict (notebook_check.py): what is said, and the inputs of a case with what they should give as a table. */
  function laidOut(words) {
    const parts = [];
    let rows = null;
    const row = (name, value) => {
      if (!rows) parts.push(html("table", { class: "practise-case" }, (rows = html("tbody", {}))));
      rows.append(html("tr", {}, html("th", { scope: "row" }, name), html("td", {}, value)));
    };
    for (const line of words.split("\n").filter((one) => one.trim())) {
      const input = /^ {4}(\w+) = (.*)$/.exec(line);
      const result = /^ {2}((?:[\w ]+: )?)expected (.+), got (.+)$/.exec(line);
      if (input) row(input[1], input[2]);
      else if (result) {
        row(`${result[1]}expected`, result[2]);
        row(`${result[1]}got`, result[3]);
      } else {
        rows = null;
        parts.push(html("p", {}, line.trim()));
      }
    }
    return parts;
  }

  class PractiseBox extends HTMLElement {
    connectedCallback() {
      if (this.starter !== undefined) return;
      const { unit, function: name } = this.dataset;
      this.item = `code/${unit}/${name}`;
      const shown = this.querySelector(".practise-starter");
      this.starter = shown.textContent.replace(/\n$/, "");
      this.id ||= `practise-${name}`;
      this.build(name, shown);
      this.show();
      addEventListener("course-progress", () => this.show());
      memory.elsewhere((name) => (name === null || name === this.item) && this.meet());
    }

    build(name, shown) {
      counter += 1;
      const id = `practise-${counter}`;
      const text = memory.read(this.item) ?? this.starter;
      this.area = html("textarea", {
        class: "practise-code", id: `${id}-code`, rows: String(text.split("\n").length), spellcheck: "false", autocapitalize: "off",
        autocomplete: "off", "aria-label": `Your code for ${name}`, "aria-describedby": `${id}-keys`,
        onfocus: () => this.upgrade(), oninput: () => this.changed(this.area.value),
      });
      this.area.value = text;
      this.code = html("div", { class: "practise-editor" }, this.area);
      const meta = MAC ? "⌘" : "Ctrl";
      this.keys = html("p", { class: "practise-keys", id: `${id}-keys` },
        `${meta}+Enter checks, Shift+Enter runs. Tab indents; Escape, then Tab, leaves the editor.`);
      this.scratch = html("input", {
        type: "text", id: `${id}-scratch`, class: "practise-scratch", spellcheck: "false", autocapitalize: "off", autocomplete: "off",
        onkeydown: (event) => event.key === "Enter" && this.act("run"),
      });
      this.scratch.value = memory.read(`try/${this.item}`) ?? this.dataset.try ?? "";
      this.scratch.addEventListener("input", () => memory.write(`try/${this.item}`, this.scratch.value || null));
      const button = (label, attributes, onclick) => html("button", { type: "button", ...attributes, onclick }, label);
      this.buttons = {
        check: button("Check", { class: "primary" }, () => this.act("check")),
        run: button("Run", {}, () => this.act("run")),
        copy: button("Copy for the notebook", {}, () => this.copy()),
        reset: button("Start over", {}, () => this.reset()),
        stop: button("Stop", { "aria-disabled": "true" }, () => this.stop()),
      };
      this.status = html("p", { class: "practise-status", role: "status" });
      this.meter = html("progress", { max: "1", hidden: true, "aria-label": "Loading Python" });
      this.output = html("pre", { class: "practise-output", hidden: true, tabindex: "0", role: "region", "aria-label": `Output of ${name}` });
      this.verdict = html("div", { class: "practise-verdict", role: "status" });
      this.done = html("span", { class: "practise-done" });
      this.querySelector(".practise-title").append(" ", this.done);
      shown.replaceWith(
        this.code, this.keys,
        html("div", { class: "practise-try" }, html("label", { for: `${id}-scratch` }, "Run shows"), this.scratch),
        html("div", { class: "practise-actions" }, ...Object.values(this.buttons)),
        this.status, this.meter, this.output, this.verdict,
      );
      this.classList.add("practise-ready");
      addEventListener("pagehide", () => this.keep());
    }

    /** CodeMirror in place of the text area, on the first visit. */
    async upgrade() {
      if (this.upgrading) return this.upgrading;
      this.upgrading = editor().then(({ create }) => {
        const { selectionStart: anchor, selectionEnd: head, value } = this.area;
        const focused = document.activeElement === this.area;
        const keys = ["check", "run"].map((task) => ({
          key: { check: "Mod-Enter", run: "Shift-Enter" }[task],
          run: () => (this.act(task), true),
        }));
        this.area.remove();
        this.view = create({
          parent: this.code, text: value, selection: { anchor, head }, keys,
          attributes: { "aria-label": this.area.getAttribute("aria-label"), "aria-describedby": this.keys.id },
          changed: (text) => this.changed(text),
          escaped: () => this.say("Tab now leaves the editor."),
        });
        if (focused) this.view.focus();
      }).catch((error) => {
        this.upgrading = null;
        this.say(`${error.message}; the plain text field works as well.`);
      });
      return this.upgrading;
    }

    get text() {
      return this.view ? this.view.text : this.area.value;
    }

    changed(text) {
      this.unsaved = text;
      if (this.dataset.pyodide && !python.failed) python.start(this.dataset);
      clearTimeout(this.saving);
      this.saving = setTimeout(() => this.keep(), 300);
      if (!this.view) this.area.rows = text.split("\n").length;
    }

    /** Keep the code on this device. */
    keep() {
      clearTimeout(this.saving);
      if (this.unsaved === undefined) return;
      memory.write(this.item, this.unsaved === this.starter ? null : this.unsaved);
      this.unsaved = undefined;
      if (memory.trouble) this.say(memory.trouble);
      for (const other of document.querySelectorAll("practise-box")) if (other !== this && other.item === this.item) other.adopt();
      this.dispatchEvent(new CustomEvent("practise-code", { bubbles: true }));
    }

    /** Take over what another box of the same function keeps. */
    adopt() {
      const text = memory.read(this.item) ?? this.starter;
      if (this.view) this.view.text = text;
      else this.area.value = text;
      this.unsaved = undefined;
    }

    /** Another tab has changed this function: take it over, or, if it was changed here as well, keep both. */
    meet() {
      if (this.unsaved === undefined || this.unsaved === this.text && this.text === memory.read(this.item)) return this.adopt();
      let theirs = memory.read(this.item) ?? this.starter;
      this.keep();
      this.say("This function was changed in another tab at the same time. This is your code of this tab. ");
      this.status.append(html("button", { type: "button", onclick: () => {
        const mine = this.text;
        this.put(theirs);
        theirs = mine;
      } }, "Exchange it for the other"));
    }

    /** Other code in the editor, as if it had been typed. */
    put(text) {
      if (this.view) this.view.text = text;
      else this.area.value = text;
      this.changed(text);
      this.keep();
    }

    /** What the worker must know of the code; the unit's other boxes count as cells above this one. */
    request(task, more = {}) {
      this.keep();
      const { unit, function: name } = this.dataset;
      const others = memory.names(`code/${unit}/`).filter((item) => item !== this.item).map((item) => memory.read(item));
      return { task, unit, function: name, code: this.text, others, scratch: this.scratch.value, ...more };
    }

    /** Ask Python; the reply, or null if there is none and the reader was told why. */
    async ask(request, follow = () => {}) {
      const files = Object.fromEntries(this.dataset.files.split(" ").map((file) => [file, new URL(`practise/${request.unit}/${file}`, STATIC).href]));
      return python.ask(this.dataset, request, files, follow);
    }

    async act(task) {
      if (this.busy) return;
      this.busy = true;
      this.classList.add("practise-busy");
      this.buttons.stop.removeAttribute("aria-disabled");
      for (const name of ["check", "run"]) this.buttons[name].setAttribute("aria-disabled", "true");
      this.clear();
      try {
        const reply = await this.ask(this.request(task), (message) => this.follow(message));
        this.tell(task, reply);
      } catch (error) {
        if (error.message === STOPPED) this.say(STOPPED);
        else if (python.used) this.say(error.message);
        else this.offer(error.message);
      }
      this.busy = false;
      clearTimeout(this.patience);
      this.classList.remove("practise-busy");
      this.meter.hidden = true;
      this.buttons.stop.setAttribute("aria-disabled", "true");
      for (const name of ["check", "run"]) this.buttons[name].removeAttribute("aria-disabled");
    }

    clear() {
      this.output.hidden = true;
      this.output.textContent = "";
      this.verdict.replaceChildren();
      delete this.verdict.dataset.state;
      this.view?.mark(null);
    }

    follow(message) {
      if (message.kind === "output") {
        this.output.hidden = false;
        this.output.textContent += message.text;
        return;
      }
      this.meter.hidden = message.share === undefined;
      if (message.share === null) this.meter.removeAttribute("value");
      else if (message.share !== undefined) this.meter.value = message.share;
      this.say(`${message.text} …`);
      clearTimeout(this.patience);
      if (message.share === undefined) this.patience = setTimeout(() => this.say("Still running. Stop ends it."), PATIENCE);
    }

    tell(task, reply) {
      const { ok, text, line } = reply;
      const state = task === "check" && reply.verdict ? (ok ? "right" : "wrong") : ok ? "" : "wrong";
      this.verdict.dataset.state = state;
      let words = text;
      if (line && reply.verdict) words += `\n\nIt stopped in line ${line} of your code.`;
      if (task === "check" && !reply.verdict) words = `✗ ${text}`;
      this.verdict.replaceChildren(...(task === "check" && reply.verdict ? laidOut(words) : [words]));
      this.verdict.hidden = words === "";
      this.say(ok && task === "run" ? (this.output.hidden ? "Ran; nothing was shown." : "Ran.") : "");
      if (line) this.upgrade().then(() => this.view?.mark(line));
      if (task === "check" && (ok || memory.state(this.item) !== "right")) memory.note(this.item, ok ? "right" : "tried");
    }

    /** Without Python: say so, and offer the notebook. */
    offer(reason) {
      const link = this.querySelector(".practise-notebook a").cloneNode(true);
      link.textContent = "Download the notebook";
      this.say("");
      this.verdict.hidden = false;
      this.verdict.dataset.state = "none";
      this.verdict.replaceChildren(
        html("p", {}, "Python could not be loaded into this page, so it cannot run your code here. Your code is kept. ", link,
          " to go on there, or press Check to try again."),
        html("p", { class: "practise-reason" }, `The reason given: ${reason.replace(/\.$/, "")}.`),
      );
    }

    stop() {
      if (this.busy) python.restart(STOPPED);
    }

    /** Give up what was asked for a figure. */
    abandon() {
      python.restart("It took too long and was stopped.");
    }

    async copy() {
      const text = `${this.text.trimEnd()}\n`;
      try {
        await navigator.clipboard.writeText(text);
      } catch {
        // A page that is not served over https may not; a selection still can be copied.
        const area = html("textarea", { readonly: true, class: "visually-hidden" });
        area.value = text;
        this.append(area);
        area.select();
        const copied = document.execCommand("copy");
        area.remove();
        this.buttons.copy.focus();
        if (!copied) return this.say("This browser does not let the page copy; select the code and copy it.");
      }
      return this.say(`Copied. Paste it into the cell of ${this.dataset.function} in the notebook.`);
    }

    async reset() {
      await this.upgrade();
      this.clear();
      this.put(this.starter);
      this.say(`Back at the start.${this.view ? ` ${MAC ? "⌘" : "Ctrl"}+Z in the editor brings your code back.` : ""}`);
    }

    say(text) {
      this.status.textContent = text;
    }

    /** Whether this task is done. */
    show() {
      this.done.textContent = memory.state(this.item) === "right" ? "✓ done" : "";
    }
  }

  globalThis.coursePython = { python, editor, html, STATIC, STOPPED }; // for listing.js
  customElements.define("practise-box", PractiseBox);
})();
