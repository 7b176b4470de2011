// <story-demo>: one set of people, told in steps from random dots to partial pooling. The words, equations and code
// of each step stand in the page (book/_ext/story.py); this shows one step at a time and moves the picture with it.
import { bottomAxis, calm, html, Lab, layers, leftAxis, mark, numberFrom, scale, set, shown, svg, ticks } from "./lab.js";

const DURATION = 900; // milliseconds
const HEIGHT = 360;
// A shape and a line pattern for each department: colour never stands alone.
const SHAPES = [
  "M-4 0A4 4 0 1 0 4 0A4 4 0 1 0 -4 0Z",
  "M-4 -4H4V4H-4Z",
  "M0 -5L5 4H-5Z",
  "M0 -6L6 0L0 6L-6 0Z",
  "M-5 -1.5H-1.5V-5H1.5V-1.5H5V1.5H1.5V5H-1.5V1.5H-5Z",
];
const LINES = {
  scatter: [], departments: [],
  complete: ["complete"], separate: ["separate"],
  intercepts: ["intercepts", "average"], slopes: ["slopes", "average"], both: ["both", "average"],
  compare: ["separate", "complete", "both"],
};

/** A fixed number between 0 and 1 for each person: the same picture for everybody. */
const chance = (i, salt) => {
  const value = Math.sin((i + 1) * 12.9898 + salt * 78.233) * 43758.5453;
  return value - Math.floor(value);
};

class StoryDemo extends Lab {
  static prefix = "story";

  build() {
    this.items = [...this.querySelectorAll(":scope > .story-steps > li")];
    this.keys = this.items.map((item) => item.dataset.step);
    const list = this.querySelector(":scope > .story-steps");
    this.step = Math.round(numberFrom(this.savedState().step, { min: 1, max: this.items.length, otherwise: 1 })) - 1;
    this.plot = svg("svg", { role: "img" });
    this.previous = html("button", { type: "button", onclick: () => this.go(this.step - 1) }, "← Back");
    this.next = html("button", { type: "button", class: "primary", onclick: () => this.go(this.step + 1) }, "Next →");
    this.place = html("span", { class: "story-place" });
    this.legend = html("ul", { class: "story-legend" }, ...this.data.departments.map((name, j) => {
      const icon = svg("svg", { width: 16, height: 16, viewBox: "-8 -8 16 16", "aria-hidden": "true" });
      icon.append(svg("path", { d: SHAPES[j], class: `story-mark dept-${j}` }));
      return html("li", {}, icon, `${name} (${this.data.n[j]})`);
    }));
    const line = (style) => mark("line", { x1: -11, x2: 11, class: `story-line line-${style}` });
    const labels = {
      separate: [line("separate"), "no pooling"],
      complete: [line("complete"), "complete pooling"],
      both: [line("both"), "partial pooling"],
    };
    this.layers = layers({
      labels, saved: this.savedState().hide,
      onchange: () => {
        this.changed();
        this.drawLines();
      },
    });
    this.table = html("table");
    const details = html("details", { class: "lab-table" }, html("summary", {}, "The lines as a table"),
      html("div", { class: "lab-scroll", tabindex: "0", role: "region", "aria-label": "Table of lines" }, this.table));
    list.classList.add("stacked");
    this.append(html(
      "div", { class: "lab-frame" },
      html("div", { class: "story-bar" }, this.previous, this.place, this.next),
      this.legend, this.plot, this.layers.row, this.status, list, details,
    ));
    this.addEventListener("keydown", (event) => this.key(event));
  }

  /** Arrow keys turn the pages, except where they already mean something. */
  key(event) {
    if (event.altKey || event.ctrlKey || event.metaKey || event.target.matches("input, select, textarea, .lab-scroll, pre")) return;
    const move = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!move) return;
    event.preventDefault();
    this.go(this.step + move);
  }

  go(step) {
    if (step < 0 || step >= this.items.length || step === this.step) return;
    this.step = step;
    this.changed();
    this.show();
  }

  changed() {
    this.saveState({ step: this.step === 0 ? null : this.step + 1, hide: this.layers.hidden });
  }

  /** Everything that the present step shows. */
  get numbers() {
    const key = this.keys[this.step];
    return { step: this.step + 1, key, lines: this.data.lines };
  }

  show({ moving = true } = {}) {
    const key = this.keys[this.step];
    this.items.forEach((item, i) => {
      item.classList.toggle("current", i === this.step);
      item.inert = i !== this.step;
    });
    // A focused button that becomes disabled would lose the keyboard; aria-disabled keeps it.
    this.previous.setAttribute("aria-disabled", String(this.step === 0));
    this.next.setAttribute("aria-disabled", String(this.step === this.items.length - 1));
    const title = this.items[this.step].dataset.title;
    this.place.textContent = `Step ${this.step + 1} of ${this.items.length}`;
    this.layers.row.classList.toggle("off", key !== "compare");
    this.layers.row.disabled = key !== "compare";
    this.plot.setAttribute("aria-label", `${title}: ${this.data.salary.length} people in ${this.data.n.length} departments`);
    this.say(`Step ${this.step + 1} of ${this.items.length}: ${title}.`);
    this.moveMarks();
    this.drawLines({ moving });
    this.fillTable(key);
  }

  layout(width) {
    const inner = Math.max(280, Math.min(width, 800)) - 34;
    this.area = { left: 44, right: inner - 8, top: 26, bottom: HEIGHT - 52 };
    const { left, right, top, bottom } = this.area;
    const { years, salary, departments } = this.data;
    set(this.plot, { viewBox: `0 0 ${inner} ${HEIGHT}`, width: inner, height: HEIGHT });
    this.x = scale([0, 30], [left, right]);
    this.y = scale([0, 165], [bottom, top]);
    const column = (right - left) / departments.length;
    this.columns = departments.map((_, j) => left + (j + 0.5) * column);
    this.yearsAxis = bottomAxis({ x: this.x, y: bottom, values: ticks(0, 30, 6), from: left, to: right, title: "years of experience" });
    this.namesAxis = svg("g", { class: "lab-axis", "aria-hidden": "true" });
    departments.forEach((name, j) => this.namesAxis.append(svg("text", { x: this.columns[j], y: bottom + 18, "text-anchor": "middle" }, inner < 480 ? name.slice(0, 6) + "." : name)));
    this.salaryAxis = leftAxis({ x: left, y: this.y, values: ticks(0, 160, 4), from: bottom, to: top, title: "salary ($1000)" });
    this.lineLayer = svg("g", {});
    this.marks = years.map((_, i) => svg("path", { d: SHAPES[this.data.member[i]], class: `story-mark dept-${this.data.member[i]}` }));
    const markLayer = svg("g", {});
    markLayer.append(...this.marks);
    this.plot.replaceChildren(this.yearsAxis, this.namesAxis, this.salaryAxis, markLayer, this.lineLayer);
    this.lines = new Map();
    this.column = column;
    this.salaries = salary;
    this.show({ moving: false });
  }

  /** Where person i stands in the present step. */
  spot(i, key) {
    const { left, right, top, bottom } = this.area;
    if (key === "scatter") return [left + chance(i, 1) * (right - left), top + chance(i, 2) * (bottom - top)];
    if (key === "departments") return [this.columns[this.data.member[i]] + (chance(i, 3) - 0.5) * 0.6 * this.column, this.y(this.salaries[i])];
    return [this.x(this.data.years[i]), this.y(this.salaries[i])];
  }

  moveMarks() {
    const key = this.keys[this.step];
    this.marks.forEach((mark, i) => {
      const [x, y] = this.spot(i, key);
      mark.style.transform = `translate(${x.toFixed(1)}px, ${y.toFixed(1)}px)`;
    });
    this.yearsAxis.style.opacity = key === "scatter" || key === "departments" ? 0 : 1;
    this.namesAxis.style.opacity = key === "departments" ? 1 : 0;
    this.salaryAxis.style.opacity = key === "scatter" ? 0 : 1;
    this.plot.classList.toggle("uncoloured", key === "scatter");
    this.legend.classList.toggle("off", key === "scatter");
    this.plot.classList.toggle("faint", key === "compare");
  }

  /** Lines that the present step asks for: one record per line, with where it ends. */
  wanted() {
    const key = this.keys[this.step];
    const found = new Map();
    for (const layer of LINES[key]) {
      if (key === "compare" && !this.layers.shows[layer]) continue;
      const fits = this.data.lines[layer === "average" ? `${key}-average` : layer];
      const shared = layer === "complete" || layer === "average";
      // In the steps that show one model, its lines are the same objects all along, so that they move.
      const role = key === "compare" ? layer : shared ? "average" : "own";
      const style = key === "compare" ? layer : layer === "average" ? "average" : layer === "complete" ? "complete" : "both";
      (shared ? [fits[0]] : fits).forEach(([intercept, slope], j) => {
        found.set(`${role}-${j}`, {
          from: intercept, to: intercept + 30 * slope, style: `story-line line-${style}${shared ? "" : ` dept-${j}`}`,
        });
      });
    }
    return found;
  }

  drawLines({ moving = true } = {}) {
    const wanted = this.wanted();
    const average = this.data.lines.complete[0];
    for (const [id, line] of this.lines) {
      if (!wanted.has(id)) {
        line.element.remove();
        this.lines.delete(id);
      }
    }
    for (const [id, { from, to, style }] of wanted) {
      let line = this.lines.get(id);
      if (!line) {
        // A new line departs from the one line for all.
        line = { element: svg("line"), from: average[0], to: average[0] + 30 * average[1] };
        this.lines.set(id, line);
        this.lineLayer.append(line.element);
      }
      line.element.setAttribute("class", style);
      Object.assign(line, { startFrom: line.from, startTo: line.to, goalFrom: from, goalTo: to });
    }
    cancelAnimationFrame(this.frame);
    if (!moving || calm()) this.paint(1);
    else {
      const began = performance.now();
      const tick = (now) => {
        const share = Math.min(1, (now - began) / DURATION);
        this.paint(share * share * (3 - 2 * share));
        if (share < 1) this.frame = requestAnimationFrame(tick);
      };
      this.frame = requestAnimationFrame(tick);
    }
  }

  paint(share) {
    for (const line of this.lines.values()) {
      line.from = line.startFrom + share * (line.goalFrom - line.startFrom);
      line.to = line.startTo + share * (line.goalTo - line.startTo);
      set(line.element, { x1: this.x(0), x2: this.x(30), y1: this.y(line.from), y2: this.y(line.to) });
    }
  }

  fillTable(key) {
    const { departments, n, lines } = this.data;
    const model = { complete: "complete", intercepts: "intercepts", slopes: "slopes" }[key] || "both";
    const titles = { complete: "one line", intercepts: "varying intercepts", slopes: "varying slopes", both: "both vary" };
    const heads = ["Department", "n", "Own line: start", "rise", `Model (${titles[model]}): start`, "rise"];
    this.table.replaceChildren(
      html("thead", {}, html("tr", {}, ...heads.map((text) => html("th", { scope: "col" }, text)))),
      html("tbody", {}, ...departments.map((name, j) => html("tr", {}, html("th", { scope: "row" }, name), html("td", {}, String(n[j])),
        ...[...lines.separate[j], ...lines[model][j]].map((value) => html("td", {}, shown(value, 2)))))),
    );
  }
}

customElements.define("story-demo", StoryDemo);
