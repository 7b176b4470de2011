// <welcome-lab>: the book's first figure with one slider. Schools are drawn towards the mean of all as much as the
// spread of their true means, tau, says; each by its own sampling variance.
import { completePooling, partialPooling } from "./formulas.js";
import { bottomAxis, diamond, html, Lab, mark, numberFrom, scale, set, shown, slider, svg, ticks } from "./lab.js";

const MOST = 20;
const LEGEND = () => [
  [mark("circle", { r: 5, class: "lab-separate" }), "the school's own mean"],
  [mark("line", { y1: -8, y2: 8, class: "lab-common" }), "mean of all pupils"],
  [mark("path", { d: diamond(6.5), class: "lab-partial" }), "estimate of this module"],
];

class WelcomeLab extends Lab {
  static prefix = "welcome";

  build() {
    const { n, mean, variance } = this.data;
    this.means = mean;
    this.samplingVariances = variance.map((value, j) => value / n[j]);
    this.grandMean = completePooling(mean, n);
    this.start = Number(this.data.tau.toFixed(1));
    this.tau = slider({
      label: "How much schools differ, τ", min: 0, max: MOST, step: 0.1,
      value: numberFrom(this.savedState().tau, { min: 0, max: MOST, otherwise: this.start }),
      format: (value) => `${shown(value, 1)} points`,
      oninput: () => {
        this.saveState({ tau: this.tau.value === this.start ? null : this.tau.value });
        this.draw();
      },
    });
    this.plot = svg("svg", { role: "img", "aria-label": "Own means and estimates of twelve schools, the smallest at the top" });
    const legend = html("ul", { class: "story-legend" }, ...LEGEND().map(([icon, words]) => html("li", {}, icon, words)));
    this.append(html("div", { class: "lab-frame" }, legend, this.plot, html("div", { class: "lab-controls" }, this.tau.row), this.status));
  }

  /** What the figure shows. */
  get numbers() {
    // The estimate from the data has more digits than the slider.
    const tau2 = this.tau.value === this.start ? this.data.tau ** 2 : this.tau.value ** 2;
    const { means: separate, grandMean } = this;
    const partial = separate.map((own, j) => partialPooling(own, this.samplingVariances[j], { grandMean, tau2 }));
    return { tau2, grandMean, separate, partial };
  }

  layout(width) {
    const inner = Math.max(250, Math.min(width, 760)) - 34;
    const [top, left, row] = [8, 86, 23];
    const bottom = top + row * this.means.length;
    const [low, high] = [Math.min(...this.means) - 1, Math.max(...this.means) + 1];
    this.x = scale([low, high], [left, inner - 8]);
    set(this.plot, { viewBox: `0 0 ${inner} ${bottom + 44}`, width: inner, height: bottom + 44 });
    const common = svg("line", { x1: this.x(this.grandMean), x2: this.x(this.grandMean), y1: top - 6, y2: bottom, class: "lab-common" });
    this.rows = this.means.map((own, j) => {
      const y = top + (j + 0.5) * row;
      const move = svg("line", { x1: this.x(own), y1: y, y2: y, class: "lab-move" });
      const partial = svg("path", { d: diamond(6.5), class: "lab-partial" });
      return { y, move, partial, parts: [
        svg("text", { x: left - 10, y: y + 4, "text-anchor": "end" }, `${this.data.n[j]} pupils`),
        move, svg("circle", { cx: this.x(own), cy: y, r: 5.5, class: "lab-separate" }), partial,
      ] };
    });
    this.plot.replaceChildren(
      bottomAxis({ x: this.x, y: bottom, values: ticks(low, high, inner < 420 ? 4 : 8), from: left, to: inner - 8, title: "mean score (points)" }),
      common, ...this.rows.flatMap(({ parts }) => parts),
    );
    this.draw();
  }

  draw() {
    if (!this.rows) return;
    const { separate, partial, grandMean } = this.numbers;
    for (const [j, { y, move, partial: point }] of this.rows.entries()) {
      move.setAttribute("x2", this.x(partial[j]));
      point.setAttribute("transform", `translate(${this.x(partial[j])} ${y})`);
    }
    this.say(
      `The school with ${this.data.n[0]} pupils: own mean ${shown(separate[0], 2)}, estimate ${shown(partial[0], 2)}; mean of all ` +
        `${shown(grandMean, 2)}. ${this.tau.value === this.start ? `τ = ${shown(this.start, 1)} is estimated from the data.` : "Move τ: at 0 all schools get one number, far to the right each keeps nearly its own."}`,
    );
  }
}

customElements.define("welcome-lab", WelcomeLab);
