// <weights-lab>: how the weight on a school's own mean grows with its number of pupils.
import { shrinkageFactor } from "./formulas.js";
import { bottomAxis, html, Lab, leftAxis, numberFrom, path, scale, set, shown, slider, svg } from "./lab.js";

const MOST = 120;
const CONTROLS = {
  n: { label: "Pupils in the school nⱼ", min: 1, max: MOST, step: 1, value: 4, digits: 0 },
  sigma: { label: "Spread of pupils σ", min: 1, max: 20, step: 0.5, value: 10, digits: 1 },
  tau: { label: "Spread of schools τ", min: 0, max: 20, step: 0.5, value: 5, digits: 1 },
};

class WeightsLab extends Lab {
  static prefix = "weights";

  build() {
    const saved = this.savedState();
    this.controls = {};
    const rows = [];
    for (const [key, { label, min, max, step, value, digits }] of Object.entries(CONTROLS)) {
      this.controls[key] = slider({
        label, min, max, step,
        value: numberFrom(saved[key], { min, max, otherwise: value }),
        format: (number) => shown(number, digits),
        oninput: () => this.changed(),
      });
      rows.push(this.controls[key].row);
    }
    this.plot = svg("svg", { role: "img", "aria-label": "Weight on the own mean by number of pupils" });
    this.append(html("div", { class: "lab-frame" }, this.plot, html("div", { class: "lab-controls" }, ...rows), this.status));
  }

  /** Numbers that the figure shows. */
  get numbers() {
    const n = this.controls.n.value;
    const sigma2 = this.controls.sigma.value ** 2;
    const tau2 = this.controls.tau.value ** 2;
    return { n, sigma2, tau2, weight: shrinkageFactor(sigma2 / n, tau2), half: tau2 > 0 ? sigma2 / tau2 : Infinity };
  }

  changed() {
    const state = {};
    for (const [key, { value }] of Object.entries(CONTROLS)) {
      state[key] = this.controls[key].value === value ? null : this.controls[key].value;
    }
    this.saveState(state);
    this.draw();
  }

  layout(width) {
    const inner = Math.max(280, Math.min(width, 760)) - 34;
    const [top, bottom] = [30, 210];
    set(this.plot, { viewBox: `0 0 ${inner} 300`, width: inner, height: 300 });
    this.x = scale([0, MOST], [44, inner - 14]);
    this.y = scale([0, 1], [bottom, top]);
    this.curve = svg("path", { class: "lab-curve lab-compromise-line" });
    this.half = svg("g", { class: "lab-half" });
    this.point = svg("circle", { r: 7, class: "lab-point-filled" });
    this.bar = svg("rect", { y: 268, height: 16, x: 44, class: "lab-bar-own" });
    this.rest = svg("rect", { y: 268, height: 16, class: "lab-bar-grand" });
    this.barOwn = svg("text", { y: 263, x: 44, class: "lab-label" });
    this.barRest = svg("text", { y: 263, x: inner - 14, "text-anchor": "end", class: "lab-label" });
    this.halfLine = svg("line", { y1: this.y(0.5), y2: bottom, class: "lab-guide" });
    this.halfText = svg("text", { y: bottom - 8, class: "lab-label" });
    this.half.append(this.halfLine, this.halfText);
    this.plot.replaceChildren(
      bottomAxis({ x: this.x, y: bottom, values: [0, 20, 40, 60, 80, 100, 120], from: 44, to: inner - 14, title: "pupils nⱼ" }),
      leftAxis({ x: 44, y: this.y, values: [0, 0.5, 1], from: bottom, to: top, title: "weight λⱼ on the own mean", digits: 1 }),
      this.curve, this.half, this.point, this.bar, this.rest, this.barOwn, this.barRest,
    );
    this.inner = inner;
    this.draw();
  }

  draw() {
    if (!this.curve) return;
    const { n, sigma2, tau2, weight, half } = this.numbers;
    const points = [];
    for (let size = 0.25; size <= MOST; size += size < 8 ? 0.25 : 1) {
      points.push([this.x(size), this.y(shrinkageFactor(sigma2 / size, tau2))]);
    }
    this.curve.setAttribute("d", path(points));
    set(this.point, { cx: this.x(n), cy: this.y(weight) });
    const split = 44 + weight * (this.inner - 58);
    set(this.bar, { width: split - 44 });
    set(this.rest, { x: split, width: Math.max(0, this.inner - 14 - split) });
    this.barOwn.textContent = `own mean ${Math.round(100 * weight)}%`;
    this.barRest.textContent = `common mean ${100 - Math.round(100 * weight)}%`;
    const visible = half <= MOST;
    this.half.style.display = visible ? "" : "none";
    if (visible) {
      set(this.halfLine, { x1: this.x(half), x2: this.x(half) });
      const right = this.x(half) > this.inner / 2;
      set(this.halfText, { x: this.x(half) + (right ? -6 : 6), "text-anchor": right ? "end" : "start" });
      this.halfText.textContent = `half at σ²/τ² = ${shown(half, 1)}`;
    }
    this.say(
      `With ${n} ${n === 1 ? "pupil" : "pupils"} the school's own mean gets weight ${shown(weight, 2)}. ` +
        (Number.isFinite(half)
          ? `The weight is one half at σ²/τ² = ${shown(half, 1)} pupils.`
          : "Schools do not differ (τ = 0), so every school gets the common mean."),
    );
  }
}

customElements.define("weights-lab", WeightsLab);
