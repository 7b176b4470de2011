// <logistic-lab>: a logistic curve, its log-likelihood, and Newton's method walking to the maximum.
import { logisticLogLikelihood, newtonStep, separates, sigmoid } from "./formulas.js";
import { bottomAxis, draggable, html, Lab, leftAxis, numberFrom, path, scale, set, shown, slider, svg, ticks, toggle } from "./lab.js";

// What the sliders and the plot of the log-likelihood span: separated outcomes run away from the start.
const SPANS = {
  overlapping: { b0: { min: -10, max: 3 }, b1: { min: -1, max: 3 } },
  separated: { b0: { min: -40, max: 10 }, b1: { min: -4, max: 13 } },
};
const START = { b0: 0, b1: 0 };
const FARTHEST = { min: -1e6, max: 1e6 }; // what an address may hold
const LEVELS = [0.3, 1, 2.5, 5, 9, 15, 24, 40, 70, 120]; // below the best log-likelihood in view

class LogisticLab extends Lab {
  static prefix = "logistic";

  build() {
    const saved = this.savedState();
    this.controls = {};
    const limits = SPANS[saved.separated === "1" ? "separated" : "overlapping"];
    const labels = { b0: "Intercept β₀", b1: "Slope β₁" };
    this.beta = ["b0", "b1"].map((key) => numberFrom(saved[key], { ...FARTHEST, otherwise: START[key] }));
    for (const [i, key] of ["b0", "b1"].entries()) {
      this.controls[key] = slider({
        label: labels[key], ...limits[key], step: 0.01, value: this.beta[i],
        format: (v) => shown(v, 2),
        oninput: () => this.moved(),
      });
    }
    this.separated = toggle({
      label: "Separated outcomes: every 1 lies right of every 0", checked: saved.separated === "1",
      onchange: () => this.exchange(),
    });
    this.sayBeta();
    this.steps = [this.beta];
    const step = html("button", { type: "button", class: "primary", onclick: () => this.step() }, "Newton step");
    const back = html("button", { type: "button", onclick: () => this.restart() }, "Back to β = 0");
    this.curvePlot = svg("svg", { role: "img", "aria-label": "Outcomes and the logistic curve" });
    this.surfacePlot = svg("svg", { role: "img", "aria-label": "Contours of the log-likelihood over the two coefficients, with the path of the steps" });
    this.point = svg("g", { class: "lab-handle" });
    this.point.append(svg("circle", { r: 22, class: "lab-reach" }), svg("path", { d: "M0 -7L7 0L0 7L-7 0Z", class: "lab-partial" }));
    this.enableDragging();
    this.append(html(
      "div", { class: "lab-frame" },
      html("div", { class: "lab-pair" }, this.curvePlot, this.surfacePlot),
      html("div", { class: "lab-controls" }, this.controls.b0.row, this.controls.b1.row, this.separated.row,
        html("div", { class: "lab-buttons" }, step, back)),
      this.status,
    ));
  }

  get limits() {
    return SPANS[this.separated.input.checked ? "separated" : "overlapping"];
  }

  get y() {
    return this.separated.input.checked ? this.data.separated : this.data.y;
  }

  /** Numbers that the figure shows. */
  get numbers() {
    return {
      beta: this.beta,
      logLikelihood: logisticLogLikelihood(this.data.x, this.y, this.beta),
      next: newtonStep(this.data.x, this.y, this.beta),
      separates: separates(this.data.x, this.y, this.beta),
      steps: this.steps.length - 1,
    };
  }

  /** Take the other outcomes, from the start and on their own scale. */
  exchange() {
    for (const key of ["b0", "b1"]) set(this.controls[key].input, this.limits[key]);
    this.restart();
    this.layout(this.clientWidth);
  }

  /** Press or drag in the plot of the log-likelihood: the coefficients follow the pointer. */
  enableDragging() {
    const follow = (event) => {
      const box = this.surfacePlot.getBoundingClientRect();
      this.controls.b0.value = this.b0.invert(event.clientX - box.left);
      this.controls.b1.value = this.b1.invert(event.clientY - box.top);
      this.moved();
    };
    draggable(this.surfacePlot, { grab: follow, move: follow, handle: this.point });
  }

  moved() {
    this.beta = [this.controls.b0.value, this.controls.b1.value];
    for (const control of Object.values(this.controls)) control.say();
    this.steps = [this.beta];
    this.changed();
  }

  step() {
    const next = newtonStep(this.data.x, this.y, this.beta);
    if (!next.every(Number.isFinite)) {
      this.say("The curve has become so steep that rounding leaves no information: Newton's method cannot go on.");
      return;
    }
    this.beta = next;
    this.steps.push(next);
    this.controls.b0.value = next[0];
    this.controls.b1.value = next[1];
    this.sayBeta();
    this.changed();
  }

  /** Tell the coefficients as they are: a step may lead beyond the sliders. */
  sayBeta() {
    this.controls.b0.say(this.beta[0]);
    this.controls.b1.say(this.beta[1]);
  }

  restart() {
    this.controls.b0.value = START.b0;
    this.controls.b1.value = START.b1;
    this.surfaceOf = null;
    this.moved();
  }

  changed() {
    const [b0, b1] = this.beta.map((value) => Number(value.toFixed(6)));
    const start = b0 === START.b0 && b1 === START.b1;
    this.saveState({ b0: start ? null : b0, b1: start ? null : b1, separated: this.separated.input.checked ? 1 : null });
    this.draw();
  }

  layout(width) {
    const inner = Math.max(280, Math.min(width, 800)) - 34;
    const each = inner >= 600 ? Math.floor((inner - 16) / 2) : inner;
    const [top, bottom, left, right] = [28, 236, 46, each - 12];
    for (const plot of [this.curvePlot, this.surfacePlot]) set(plot, { viewBox: `0 0 ${each} 280`, width: each, height: 280 });
    const { x } = this.data;
    this.x = scale([Math.min(...x) - 0.2, Math.max(...x) + 0.2], [left, right]);
    this.y01 = scale([0, 1], [bottom - 14, top + 14]);
    this.curve = svg("path", { class: "lab-curve lab-compromise-line" });
    this.dots = svg("g", {});
    this.curvePlot.replaceChildren(
      bottomAxis({ x: this.x, y: bottom, values: ticks(2, 4.5, 5), from: left, to: right, title: "x" }),
      leftAxis({ x: left, y: this.y01, values: [0, 0.5, 1], from: bottom, to: top, title: "y, and Pr(y = 1)", digits: 1 }),
      this.dots, this.curve,
    );
    const { b0, b1 } = this.limits;
    this.b0 = scale([b0.min, b0.max], [left, right]);
    this.b1 = scale([b1.min, b1.max], [bottom, top]);
    this.contours = svg("g", { class: "lab-contours" });
    this.trail = svg("path", { class: "lab-trail" });
    this.trailDots = svg("g", {});
    this.surfacePlot.replaceChildren(
      bottomAxis({ x: this.b0, y: bottom, values: ticks(b0.min, b0.max, 6), from: left, to: right, title: "β₀" }),
      leftAxis({ x: left, y: this.b1, values: ticks(b1.min, b1.max, 5), from: bottom, to: top, title: "β₁; log-likelihood as contours" }),
      this.contours, this.trail, this.trailDots, this.point,
    );
    this.surfaceOf = null;
    this.draw();
  }

  draw() {
    if (!this.curve) return;
    if (this.surfaceOf !== this.y) this.drawData();
    const { beta, logLikelihood, separates: certificate, steps } = this.numbers;
    const points = [];
    const [from, to] = [this.x.invert(46), Math.max(...this.data.x) + 0.2];
    for (let i = 0; i <= 120; i += 1) {
      const value = from + (i / 120) * (to - from);
      points.push([this.x(value), this.y01(sigmoid(beta[0] + beta[1] * value))]);
    }
    this.curve.setAttribute("d", path(points));
    const { limits } = this;
    const clamp = ([b0, b1]) => [
      this.b0(Math.min(Math.max(b0, limits.b0.min), limits.b0.max)), this.b1(Math.min(Math.max(b1, limits.b1.min), limits.b1.max)),
    ];
    const trail = this.steps.map(clamp);
    this.trail.setAttribute("d", path(trail));
    this.trailDots.replaceChildren(...trail.slice(0, -1).map(([cx, cy]) => svg("circle", { cx, cy, r: 3.5, class: "lab-separate" })));
    this.point.setAttribute("transform", `translate(${clamp(beta).join(" ")})`);
    const beyond = [["b0", beta[0]], ["b1", beta[1]]].some(([key, value]) => value < limits[key].min || value > limits[key].max)
      ? " That is beyond the plot and the sliders, which stay at their ends." : "";
    const ending = certificate
      ? " This line puts every 1 on one side: each step makes the curve steeper, the likelihood tends to 1 and no finite maximum exists."
      : !this.separated.input.checked && Math.abs(logLikelihood - this.data.log_likelihood) < 1e-9
        ? " This is the maximum: another step would not move it."
        : "";
    this.say(
      `β₀ = ${shown(beta[0], 3)}, β₁ = ${shown(beta[1], 3)}: log-likelihood ${shown(logLikelihood, 4)}` +
        `${steps ? ` after ${steps} Newton ${steps === 1 ? "step" : "steps"}` : ""}.${beyond}${ending}`,
    );
  }

  /** What changes with the outcomes only: the dots and the contours. */
  drawData() {
    this.surfaceOf = this.y;
    const { x } = this.data;
    this.dots.replaceChildren(...x.map((value, i) => {
      const one = this.y[i] === 1;
      const [cx, cy] = [this.x(value), this.y01(this.y[i]) + ((i * 37) % 11) - 5];
      return one
        ? svg("path", { d: `M${cx - 4} ${cy + 4}L${cx + 4} ${cy + 4}L${cx} ${cy - 4}Z`, class: "lab-one" })
        : svg("circle", { cx, cy, r: 4, class: "lab-zero" });
    }));
    const columns = 120; // the ridge is narrow and oblique: on a coarser grid it falls apart
    const rows = 100;
    const { b0: across, b1: up } = this.limits;
    const at = (i, k) => [
      across.min + (i / columns) * (across.max - across.min), up.min + (k / rows) * (up.max - up.min),
    ];
    const grid = [];
    for (let i = 0; i <= columns; i += 1) {
      grid.push([]);
      for (let k = 0; k <= rows; k += 1) grid[i].push(logisticLogLikelihood(x, this.y, at(i, k)));
    }
    const best = this.separated.input.checked ? 0 : this.data.log_likelihood;
    this.contours.replaceChildren(...LEVELS.map((below) => svg("path", { d: contour(grid, best - below, (i, k) => {
      const [b0, b1] = at(i, k);
      return [this.b0(b0), this.b1(b1)];
    }) })));
  }
}

/** Segments where a grid of values crosses a level: each square is cut where its edges change side. */
function contour(grid, level, place) {
  const segments = [];
  const cut = (i, k, i2, k2) => {
    const [a, b] = [grid[i][k] - level, grid[i2][k2] - level];
    if (a > 0 === b > 0) return null;
    const t = a / (a - b);
    return place(i + t * (i2 - i), k + t * (k2 - k));
  };
  for (let i = 0; i + 1 < grid.length; i += 1) {
    for (let k = 0; k + 1 < grid[0].length; k += 1) {
      const found = [cut(i, k, i + 1, k), cut(i + 1, k, i + 1, k + 1), cut(i + 1, k + 1, i, k + 1), cut(i, k + 1, i, k)].filter(Boolean);
      if (found.length === 4) {
        // A saddle: the middle tells which two corners belong together.
        const middle = (grid[i][k] + grid[i + 1][k] + grid[i + 1][k + 1] + grid[i][k + 1]) / 4;
        if (middle > level !== grid[i][k] > level) found.unshift(found.pop());
      }
      for (let f = 0; f + 1 < found.length; f += 2) segments.push(path([found[f], found[f + 1]]));
    }
  }
  return segments.join("");
}

customElements.define("logistic-lab", LogisticLab);
