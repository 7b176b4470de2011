// <compromise-lab>: what the data say, what the population says, and the compromise between the two.
import { normalDensity, partialPooling, partialPoolingVariance, shrinkageFactor } from "./formulas.js";
import { bottomAxis, draggable, html, Lab, numberFrom, path, scale, set, shown, slider, svg, ticks } from "./lab.js";

const RANGE = [20, 80];
const CONTROLS = {
  ybar: { label: "School's own mean ȳⱼ", min: 25, max: 75, step: 0.5, value: 64, digits: 1, unit: " points" },
  v: { label: "Its sampling variance vⱼ", min: 1, max: 150, step: 1, value: 50, digits: 0, unit: "" },
  mu0: { label: "Mean of the means μ₀", min: 25, max: 75, step: 0.5, value: 50, digits: 1, unit: " points" },
  tau2: { label: "Variance of the means τ²", min: 1, max: 150, step: 1, value: 25, digits: 0, unit: "" },
};

class CompromiseLab extends Lab {
  static prefix = "compromise";

  build() {
    const saved = this.savedState();
    this.controls = {};
    const rows = [];
    for (const [key, { label, min, max, step, value, digits, unit }] of Object.entries(CONTROLS)) {
      const control = slider({
        label, min, max, step,
        value: numberFrom(saved[key], { min, max, otherwise: value }),
        format: (number) => shown(number, digits) + unit,
        oninput: () => this.changed(),
      });
      this.controls[key] = control;
      rows.push(control.row);
    }
    const reset = html("button", { type: "button", onclick: () => this.reset() }, "Start values");
    this.plot = svg("svg", { role: "img", "aria-label": "Three normal curves" });
    this.enableDragging();
    this.append(
      html("div", { class: "lab-frame" }, this.plot, html("div", { class: "lab-controls" }, ...rows, reset), this.status),
    );
  }

  /** Numbers that the figure shows. */
  get numbers() {
    const { ybar, v, mu0, tau2 } = Object.fromEntries(Object.entries(this.controls).map(([key, c]) => [key, c.value]));
    return {
      ybar, v, mu0, tau2,
      weight: shrinkageFactor(v, tau2),
      estimate: partialPooling(ybar, v, { grandMean: mu0, tau2 }),
      variance: partialPoolingVariance(v, tau2),
    };
  }

  reset() {
    for (const [key, { value }] of Object.entries(CONTROLS)) this.controls[key].value = value;
    this.changed();
  }

  changed() {
    const state = {};
    for (const [key, { value }] of Object.entries(CONTROLS)) {
      state[key] = this.controls[key].value === value ? null : this.controls[key].value;
    }
    this.saveState(state);
    this.draw();
  }

  /** Drag a curve sideways: the nearer of ȳⱼ and μ₀ follows the pointer. */
  enableDragging() {
    let dragged = null;
    const at = (event) => this.x.invert(event.clientX - this.plot.getBoundingClientRect().left);
    draggable(this.plot, {
      grab: (event) => {
        const value = at(event);
        const { ybar, mu0 } = this.controls;
        dragged = Math.abs(ybar.value - value) <= Math.abs(mu0.value - value) ? ybar : mu0;
      },
      move: (event) => {
        dragged.value = at(event);
        this.changed();
      },
    });
  }

  layout(width) {
    const inner = Math.max(280, Math.min(width, 760)) - 34;
    this.size = { width: inner, height: 270, bottom: 225, top: 30 };
    this.plot.setAttribute("viewBox", `0 0 ${inner} 270`);
    this.plot.setAttribute("width", inner);
    this.plot.setAttribute("height", 270);
    this.x = scale(RANGE, [10, inner - 10]);
    this.curves = {};
    const axis = bottomAxis({
      x: this.x, y: 225, values: ticks(...RANGE, inner < 400 ? 4 : 6), from: 10, to: inner - 10, title: "score (points)",
    });
    this.plot.replaceChildren(axis);
    for (const name of ["population", "data", "compromise"]) {
      const group = svg("g", { class: `lab-${name}` });
      const curve = svg("path", { class: "lab-curve" });
      const stem = svg("line", { class: "lab-stem" });
      const label = svg("text", { "text-anchor": "middle", class: "lab-label" });
      group.append(curve, stem, label);
      this.plot.append(group);
      this.curves[name] = { curve, stem, label };
    }
    this.draw();
  }

  /** Where a curve's label stands: the outer ones beside the far flank, the middle one on top. */
  placeOf(text, side, { mean, spread, height }) {
    if (side === 0) return { x: this.x(mean), y: this.size.top + 6, "text-anchor": "middle" };
    const flank = mean + side * Math.sqrt(spread); // here a normal density has 61% of its height
    const x = this.x(flank) + 8 * side;
    const room = 7 * text.length;
    if (x + side * room > 0 && x + side * room < this.size.width) {
      return { x, y: height(normalDensity(flank, { mean, variance: spread })), "text-anchor": side > 0 ? "start" : "end" };
    }
    const edge = side > 0 ? this.size.width : 0; // else above the flank, away from the middle curve
    const inner = side * Math.max(side * this.x(mean), side * (edge - side * room));
    const y = height(normalDensity(this.x.invert(inner), { mean, variance: spread }));
    return { x: edge, y: Math.max(y - 8, this.size.top + 22), "text-anchor": side > 0 ? "end" : "start" };
  }

  draw() {
    if (!this.curves) return;
    const { ybar, v, mu0, tau2, weight, estimate, variance } = this.numbers;
    const shapes = {
      population: { mean: mu0, variance: tau2, text: "schools" },
      data: { mean: ybar, variance: v, text: "this school" },
      compromise: { mean: estimate, variance, text: "compromise" },
    };
    const peak = normalDensity(estimate, { mean: estimate, variance });
    const y = scale([0, peak], [this.size.bottom, this.size.top + 14]);
    for (const [name, { mean, variance: spread, text }] of Object.entries(shapes)) {
      const points = [];
      for (let pixel = 10; pixel <= this.size.width - 10; pixel += 2) {
        points.push([pixel, y(normalDensity(this.x.invert(pixel), { mean, variance: spread }))]);
      }
      const { curve, stem, label } = this.curves[name];
      curve.setAttribute("d", path(points));
      const top = y(normalDensity(mean, { mean, variance: spread }));
      for (const [key, value] of Object.entries({ x1: this.x(mean), x2: this.x(mean), y1: this.size.bottom, y2: top })) {
        stem.setAttribute(key, value);
      }
      label.textContent = text;
      const side = name === "compromise" ? 0 : (name === "data") === ybar > mu0 ? 1 : -1;
      set(label, this.placeOf(text, side, { mean, spread, height: y }));
    }
    const share = Math.round(100 * weight);
    this.say(
      `Weight on the school's own mean: ${share}%. Estimate ${shown(estimate, 1)} points, between ` +
        `${shown(Math.min(ybar, mu0), 1)} and ${shown(Math.max(ybar, mu0), 1)}; its standard deviation ` +
        `${shown(Math.sqrt(variance), 1)} is below both ${shown(Math.sqrt(v), 1)} and ${shown(Math.sqrt(tau2), 1)}.`,
    );
  }
}

customElements.define("compromise-lab", CompromiseLab);
