// <shrinkage-lab>: no, complete and partial pooling of the same groups, with the weight of each group.
// It tells its numbers after every drawing (event `estimates`), so that a function of the reader's own can be drawn too.
import { anova, completePooling, logit, partialPooling, partialPoolingLogit, shrinkageFactor, sigmoid } from "./formulas.js";
import { bottomAxis, choice, diamond, html, Lab, layers, mark, numberFrom, scale, set, shown, slider, svg, ticks } from "./lab.js";

const LAYERS = () => ({
  separate: [mark("circle", { r: 5, class: "lab-separate" }), "no pooling"],
  complete: [mark("line", { y1: -8, y2: 8, class: "lab-common" }), "complete pooling"],
  partial: [mark("path", { d: diamond(6.5), class: "lab-partial" }), "partial pooling"],
});
const MULTIPLIERS = [0.125, 0.25, 0.5, 1, 2, 4, 8];
const MOST_PUPILS = 200;

class ShrinkageLab extends Lab {
  static prefix = "shrinkage";

  build() {
    const saved = this.savedState();
    this.revealed = saved.shown === "1";
    this.layers = layers({ labels: LAYERS(), saved: saved.hide, onchange: () => this.changed() });
    this.makeControls();
    this.choose(this.data.sets.some((one) => one.key === saved.data) ? saved.data : this.data.sets[0].key, saved);
  }

  // ---- State ---------------------------------------------------------------------------------------------------

  /** Take another data set, with its own estimates as the start. */
  choose(key, saved = {}) {
    this.set = this.data.sets.find((one) => one.key === key);
    this.logistic = this.set.kind === "share";
    this.own = this.set.n.map(() => null); // sizes that the reader set for single groups
    this.start = this.estimates();
    const { tauMax, sigmaMax } = this.limits();
    this.dataChoice.select.value = key;
    set(this.tau.input, { max: tauMax, step: this.logistic ? 0.05 : 0.1 });
    set(this.sigma.input, { max: sigmaMax });
    this.tau.value = numberFrom(saved.tau, { min: 0, max: tauMax, otherwise: this.start.tau });
    this.sigma.value = numberFrom(saved.sigma, { min: 1, max: sigmaMax, otherwise: this.start.sigma });
    this.sigma.row.hidden = this.logistic;
    this.multiplier.value = numberFrom(saved.times, { min: 0, max: MULTIPLIERS.length - 1, otherwise: 3 });
    const smallest = this.set.n.indexOf(Math.min(...this.set.n));
    const group = numberFrom(saved.group, { min: 0, max: this.set.n.length - 1, otherwise: smallest });
    const pairs = this.set.labels.map((label, j) => [String(j), label]);
    this.groupChoice.fill(pairs, String(Math.round(group)));
    for (const part of (saved.sizes || "").split("_").filter(Boolean)) {
      const [j, n] = part.split("-").map(Number);
      if (j in this.own && n >= 1 && n <= MOST_PUPILS) this.own[j] = Math.round(n);
    }
    this.predictionChoice.fill([["", "choose one"], ...pairs], "");
    this.sizeOf();
    this.showPrediction();
    this.drawn = null;
    if (this.width) this.layout(this.width);
  }

  limits() {
    return this.logistic ? { tauMax: 3, sigmaMax: 20 } : { tauMax: 20, sigmaMax: 20 };
  }

  /** Standard deviations to start from: estimated for the schools, a plain value for the states. */
  estimates() {
    if (this.logistic) return { tau: 0.6, sigma: 10 };
    const { tau2, msWithin } = anova(this.set.n, this.set.mean, this.set.variance);
    return { tau: Number(Math.sqrt(tau2).toFixed(1)), sigma: Number(Math.sqrt(msWithin).toFixed(1)) };
  }

  /** Sizes as the sliders have them. */
  get sizes() {
    const times = MULTIPLIERS[this.multiplier.value];
    return this.set.n.map((n, j) => this.own[j] ?? Math.max(1, Math.round(n * times)));
  }

  /** Every number that the figure shows. */
  get numbers() {
    const n = this.sizes;
    const tau2 = this.tau.value ** 2;
    if (this.logistic) return this.logisticNumbers(n, tau2);
    const means = this.set.mean;
    const sigma2 = this.sigma.value ** 2;
    const samplingVariances = n.map((size) => sigma2 / size);
    const grandMean = completePooling(means, n);
    const weights = samplingVariances.map((v) => shrinkageFactor(v, tau2));
    const partial = means.map((mean, j) => partialPooling(mean, samplingVariances[j], { grandMean, tau2 }));
    return { n, tau2, sigma2, separate: means, samplingVariances, grandMean, weights, partial };
  }

  /**
   * The same on the scale of log-odds; shown as shares. A group's weight is the precision of its data there,
   * n p (1 - p) at the estimate, against that of the second level, 1 / tau2.
   */
  logisticNumbers(n, tau2) {
    const shares = this.set.successes.map((successes, j) => successes / this.set.n[j]);
    const share = completePooling(shares, n);
    const grandMean = logit(share);
    const logOdds = shares.map((own, j) => partialPoolingLogit(own * n[j], n[j], { grandMean, tau2 }));
    const weights = logOdds.map((eta, j) => shrinkageFactor(1 / (n[j] * sigmoid(eta) * sigmoid(-eta)), tau2));
    const partial = logOdds.map(sigmoid);
    const samplingVariances = shares.map((own, j) => 1 / (n[j] * share * (1 - share)));
    return { n, tau2, separate: shares, samplingVariances, grandMean: share, weights, logOdds, partial };
  }

  changed() {
    const sizes = this.own.map((n, j) => (n === null ? null : `${j}-${n}`)).filter(Boolean).join("_");
    this.saveState({
      data: this.set.key,
      tau: this.tau.value,
      sigma: this.logistic ? null : this.sigma.value,
      times: this.multiplier.value === 3 ? null : this.multiplier.value,
      group: this.groupChoice.select.value,
      sizes: sizes || null,
      hide: this.layers.hidden,
      shown: this.revealed ? 1 : null,
    });
    this.draw();
  }

  // ---- Controls ------------------------------------------------------------------------------------------------

  makeControls() {
    const data = this.data.sets.map(({ key, name }) => [key, name]);
    this.dataChoice = choice({
      label: "Data", options: data, value: data[0][0],
      onchange: (key) => {
        this.revealed = false;
        this.choose(key);
        this.changed();
      },
    });
    this.tau = slider({ label: "Spread of groups τ", min: 0, max: 20, step: 0.1, value: 5, format: (v) => shown(v, this.logistic ? 2 : 1), oninput: () => this.changed() });
    this.sigma = slider({ label: "Spread within a group σ", min: 1, max: 20, step: 0.1, value: 10, format: (v) => shown(v, 1), oninput: () => this.changed() });
    this.multiplier = slider({
      label: "All sizes times", min: 0, max: MULTIPLIERS.length - 1, step: 1, value: 3,
      format: (v) => ["⅛", "¼", "½", "1", "2", "4", "8"][v],
      oninput: () => {
        this.own.fill(null);
        this.sizeOf();
        this.changed();
      },
    });
    this.groupChoice = choice({ label: "One group", options: [], value: "", onchange: () => { this.sizeOf(); this.changed(); } });
    this.size = slider({
      label: "Its size nⱼ", min: 1, max: MOST_PUPILS, step: 1, value: 4, format: (v) => String(v),
      oninput: (v) => {
        this.own[Number(this.groupChoice.select.value)] = v;
        this.changed();
      },
    });
    const reset = html("button", { type: "button", onclick: () => { this.choose(this.set.key); this.changed(); } }, "Start values");
    this.predictionChoice = choice({ label: "Which group's estimate will move furthest towards the common mean?", options: [], value: "", onchange: () => {} });
    this.prediction = html(
      "div", { class: "lab-prediction" }, this.predictionChoice.row,
      html("button", { type: "button", class: "primary", onclick: () => this.reveal(true) }, "Show what pooling does"),
    );
    this.verdict = html("p", { class: "lab-verdict", role: "status" });
    this.plot = svg("svg", { role: "img" });
    this.table = html("tbody");
    this.tableHead = html("tr");
    this.details = html(
      "details", { class: "lab-table", ontoggle: () => this.fillTable() }, html("summary", {}, "The same as a table"),
      html("div", { class: "lab-scroll", tabindex: "0", role: "region", "aria-label": "Table of estimates" },
        html("table", {}, html("thead", {}, this.tableHead), this.table)),
    );
    const controls = [this.dataChoice, this.tau, this.sigma, this.multiplier, this.groupChoice, this.size];
    this.append(html(
      "div", { class: "lab-frame" },
      this.plot, this.layers.row, this.prediction, this.verdict,
      html("div", { class: "lab-controls" }, ...controls.map((control) => control.row), reset),
      this.status, this.details,
    ));
  }

  /** Show the chosen group's size on its slider. */
  sizeOf() {
    const size = this.sizes[Number(this.groupChoice.select.value)];
    this.size.value = Math.min(MOST_PUPILS, size);
    this.size.say(size);
  }

  // ---- Predict, then reveal ------------------------------------------------------------------------------------

  showPrediction() {
    this.prediction.hidden = this.revealed;
    if (!this.revealed) this.verdict.textContent = "";
  }

  /** Show partial pooling; if the reader predicted, say how it went. */
  reveal(asked = false) {
    this.revealed = true;
    const guess = this.predictionChoice.select.value;
    if (asked) {
      const { n, separate, partial, grandMean, weights } = this.numbers;
      const moves = separate.map((own, j) => Math.abs(partial[j] - own));
      const furthest = moves.indexOf(Math.max(...moves));
      const relative = weights.indexOf(Math.min(...weights));
      const say = (j) => `${this.set.labels[j]} (n = ${n[j]})`;
      const answer = guess === "" ? "" : Number(guess) === furthest ? "You were right. " : `You said ${say(Number(guess))}. `;
      this.verdict.textContent =
        `${answer}${say(furthest)} moves furthest, ${this.amount(moves[furthest])}. ` +
        `${say(relative)[0].toUpperCase()}${say(relative).slice(1)} puts the least weight on its own ${this.logistic ? "data" : "mean"}, ${Math.round(100 * weights[relative])}%` +
        (furthest === relative ? ": the same group here, but change the data and look again." :
          `, but lies only ${this.amount(Math.abs(separate[relative] - grandMean))} from the common mean.`);
    }
    this.showPrediction();
    this.changed();
    if (asked) this.tau.input.focus({ preventScroll: true });
  }

  /** A distance in the outcome's units. */
  amount(value) {
    return this.logistic ? `${shown(100 * value, 1)} percentage points` : `${shown(value, 1)} points`;
  }

  // ---- Drawing -------------------------------------------------------------------------------------------------

  layout(width) {
    this.width = width;
    const inner = Math.max(280, Math.min(width, 760)) - 34;
    const order = this.set.n.map((_, j) => j).sort((a, b) => this.set.n[a] - this.set.n[b] || a - b);
    const rowHeight = order.length > 20 ? 15 : 27;
    this.plot.classList.toggle("tall", order.length > 20); // it would leave no room for the controls below it
    this.narrow = inner < 420;
    const bars = this.narrow ? 40 : Math.round(inner * 0.17);
    const names = this.narrow ? 82 : this.logistic ? 96 : 122;
    const [top, left, right] = [34, names, inner - bars - 50];
    const bottom = top + order.length * rowHeight;
    const own = this.logistic ? [0, 1] : this.set.mean;
    const [low, high] = [Math.min(...own), Math.max(...own)];
    const margin = this.logistic ? 0.03 : 0.04 * (high - low);
    this.x = scale([low - margin, high + margin], [left, right]);
    this.barScale = scale([0, 1], [inner - bars - 34, inner - 34]);
    set(this.plot, { viewBox: `0 0 ${inner} ${bottom + 44}`, width: inner, height: bottom + 44 });
    this.plot.replaceChildren(
      bottomAxis({
        x: this.x, y: bottom, values: ticks(low - margin, high + margin, this.narrow ? 3 : 6), from: left, to: right,
        title: this.logistic ? "share who prefer candidate A" : "mean score (points)",
      }),
    );
    this.barTitle = svg("text", { x: this.barScale(0), y: 20, class: "lab-label" }, this.narrow ? "weight" : `weight on own ${this.logistic ? "data" : "mean"}`);
    this.plot.append(this.barTitle);
    this.common = svg("line", { y1: top - 6, y2: bottom, class: "lab-common" });
    this.plot.append(this.common);
    this.drawn = order.map((j, i) => this.makeRow(j, top + (i + 0.5) * rowHeight, rowHeight));
    this.draw();
  }

  makeRow(j, y, height) {
    const radius = height > 20 ? 5.5 : 4;
    const row = {
      j,
      name: svg("text", { x: 0, y: y + 4, class: `lab-label${height > 20 ? "" : " small"}` }),
      move: svg("line", { y1: y, y2: y, class: "lab-move" }),
      separate: svg("circle", { cy: y, r: radius, class: "lab-separate" }),
      partial: svg("path", { d: diamond(radius + 1), class: "lab-partial" }),
      bar: svg("rect", { x: this.barScale(0), y: y - height * 0.28, height: height * 0.56, class: "lab-bar-own" }),
      rest: svg("rect", { y: y - height * 0.28, height: height * 0.56, class: "lab-bar-grand" }),
      share: svg("text", { x: this.barScale(1) + 34, y: y + 4, "text-anchor": "end", class: `lab-label${height > 20 ? "" : " small"}` }),
      y,
    };
    this.plot.append(row.name, row.move, row.separate, row.partial, row.bar, row.rest, row.share);
    return row;
  }

  draw() {
    if (!this.drawn) return;
    const numbers = this.numbers;
    const { n, separate, partial, grandMean, weights } = numbers;
    const partly = this.revealed && this.layers.shows.partial;
    const chosen = Number(this.groupChoice.select.value);
    set(this.common, { x1: this.x(grandMean), x2: this.x(grandMean) });
    this.common.style.display = this.layers.shows.complete ? "" : "none";
    this.barTitle.style.display = this.revealed ? "" : "none";
    for (const row of this.drawn) {
      const { j } = row;
      const label = this.narrow ? this.set.labels[j].replace("school ", "") : this.set.labels[j];
      const text = `${label}, n = ${n[j]}`;
      if (row.name.textContent !== text) row.name.textContent = text;
      row.name.classList.toggle("chosen", j === chosen);
      row.separate.setAttribute("cx", this.x(separate[j]));
      row.separate.style.display = this.layers.shows.separate ? "" : "none";
      row.partial.style.display = row.move.style.display = partly ? "" : "none";
      row.bar.style.display = row.rest.style.display = row.share.style.display = this.revealed ? "" : "none";
      if (!this.revealed) continue;
      row.partial.setAttribute("transform", `translate(${this.x(partial[j])} ${row.y})`);
      set(row.move, { x1: this.x(separate[j]), x2: this.x(partial[j]) });
      const split = this.barScale(weights[j]);
      row.bar.setAttribute("width", split - this.barScale(0));
      set(row.rest, { x: split, width: this.barScale(1) - split });
      row.share.textContent = `${Math.round(100 * weights[j])}%`;
    }
    this.describe(numbers);
    if (this.details.open) this.fillTable(numbers);
    this.dispatchEvent(new CustomEvent("estimates", { detail: numbers }));
  }

  describe({ n, separate, partial, grandMean, weights }) {
    const value = (number) => (this.logistic ? `${shown(100 * number, 1)}%` : shown(number, 1));
    this.plot.setAttribute("aria-label", `Estimates of ${n.length} groups, the smallest at the top, with their weights`);
    if (!this.revealed) {
      this.say(`${n.length} groups by size. The common mean is ${value(grandMean)}. Partial pooling is hidden until you predict.`);
      return;
    }
    const j = Number(this.groupChoice.select.value);
    const mean = weights.reduce((sum, weight) => sum + weight, 0) / weights.length;
    this.say(
      `${this.set.labels[j]}, n = ${n[j]}: from ${value(separate[j])} to ` +
        `${value(partial[j])}, weight ${Math.round(100 * weights[j])}% on its own ${this.logistic ? "data" : "mean"}. Common mean ${value(grandMean)}; ` +
        `average weight ${Math.round(100 * mean)}%.`,
    );
  }

  fillTable(numbers = this.numbers) {
    if (!this.details.open) return;
    const { n, separate, partial, grandMean, weights } = numbers;
    const value = (number) => (this.logistic ? shown(100 * number, 1) + "%" : shown(number, 2));
    const heads = ["Group", "n", "No pooling", "Complete pooling", ...(this.revealed ? ["Partial pooling", `Weight on own ${this.logistic ? "data" : "mean"}`] : [])];
    this.tableHead.replaceChildren(...heads.map((text) => html("th", { scope: "col" }, text)));
    this.table.replaceChildren(...this.drawn.map(({ j }) => html(
      "tr", {}, html("th", { scope: "row" }, this.set.labels[j]), html("td", {}, String(n[j])),
      html("td", {}, value(separate[j])), html("td", {}, value(grandMean)),
      ...(this.revealed ? [html("td", {}, value(partial[j])), html("td", {}, shown(weights[j], 3))] : []),
    )));
  }
}

customElements.define("shrinkage-lab", ShrinkageLab);
