// Draws what the reader's own partial_pooling gives over the points of <shrinkage-lab>, with the gaps between them.
// The lab tells its numbers after every drawing (event `estimates`); a practice box on the same page asks Python.
(() => {
  const SVG = "http://www.w3.org/2000/svg";
  const PATIENCE = 5000; // milliseconds that the function may take for one picture
  const EQUAL = 1e-6; // gaps below this share of the spread of the means are rounding
  const lab = document.querySelector("shrinkage-lab");
  const box = document.querySelector('practise-box[data-drives="shrinkage-lab"]');
  if (!lab?.ready || !box?.request) return;

  const input = document.createElement("input");
  Object.assign(input, { type: "checkbox", id: "lab-own" });
  const label = document.createElement("label");
  Object.assign(label, { htmlFor: "lab-own", textContent: "my function ✕" });
  const link = document.createElement("a");
  Object.assign(link, { href: `#${box.id}`, textContent: "write it below" });
  const row = document.createElement("div");
  row.className = "lab-toggle lab-own";
  row.append(input, label, " ", link);
  const said = document.createElement("p");
  said.className = "lab-own-said";
  said.setAttribute("role", "status");
  lab.querySelector(".lab-layers").after(row, said);

  let numbers = lab.numbers; // what the lab shows now
  let busy = false;
  let again = false;

  const drawn = (name, attributes) => {
    const element = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    return element;
  };

  function say(text) {
    said.textContent = text && `Your function: ${text}`;
    const plain = (lab.plot.getAttribute("aria-label") || "").split(". Your function: ")[0];
    lab.plot.setAttribute("aria-label", text ? `${plain}. Your function: ${text}` : plain);
  }

  function clear() {
    lab.plot.querySelector(".lab-own-layer")?.remove();
  }

  /** Crosses where the function puts the groups, and a line from each to the course's point. */
  function draw(values, shown) {
    clear();
    if (!lab.drawn) return; // not laid out yet: the lab will say when it is
    const layer = drawn("g", { class: "lab-own-layer", "aria-hidden": "true" });
    const [left, right] = [lab.x(Math.min(...shown.separate)) - 8, lab.barScale(0) - 14];
    for (const { j, y } of lab.drawn) {
      if (values[j] === null) continue;
      const x = Math.min(right, Math.max(left, lab.x(values[j])));
      layer.append(
        drawn("line", { x1: lab.x(shown.partial[j]), x2: x, y1: y, y2: y, class: "lab-own-gap" }),
        drawn("path", { d: `M${x - 5} ${y - 5}l10 10m0 -10l-10 10`, class: "lab-own-point" }),
      );
    }
    lab.plot.append(layer);
  }

  function describe(values, shown) {
    const missing = values.filter((value) => value === null).length;
    const gaps = values.map((value, j) => (value === null ? 0 : Math.abs(value - shown.partial[j])));
    const largest = Math.max(...gaps);
    const spread = Math.max(...shown.separate) - Math.min(...shown.separate);
    const at = gaps.indexOf(largest);
    const apart = largest <= EQUAL * spread
      ? "every point lies on the course's."
      : `the largest gap to the course's is ${lab.amount(largest)}, at ${lab.set.labels[at]} (n = ${shown.n[at]}).`;
    if (missing === values.length) return `no number for ${missing} of ${missing} groups.`;
    return missing ? `no number for ${missing} of ${values.length} groups; else ${apart}` : apart;
  }

  /** Ask for the present numbers; while an answer is awaited, later numbers wait their turn. */
  async function ask() {
    if (busy) return void (again = true);
    if (!input.checked) return;
    if (lab.logistic) return clear(), say("it is about means; choose schools to see it.");
    if (!lab.revealed || !lab.layers.shows.partial) return clear(), say("it shows once partial pooling is shown.");
    busy = true;
    const shown = numbers;
    let timer = 0;
    try {
      const { separate, samplingVariances, grandMean, tau2 } = shown;
      const request = box.request("estimate", { arrays: [separate, samplingVariances], keywords: { grand_mean: grandMean, tau2 } });
      const reply = await box.ask(request, ({ kind, share, text }) => {
        if (kind !== "progress") return;
        clearTimeout(timer);
        if (share !== undefined) say(`${text} …`);
        else timer = setTimeout(() => box.abandon(), PATIENCE);
      });
      if (reply.ok) draw(reply.values, shown);
      else clear();
      say(reply.ok ? describe(reply.values, shown) : reply.text);
    } catch (error) {
      clear();
      say(`${error.message} The points are the course's.`);
    }
    clearTimeout(timer);
    busy = false;
    if (again) {
      again = false;
      ask();
    }
  }

  lab.addEventListener("estimates", (event) => {
    numbers = event.detail;
    if (input.checked) ask();
  });
  box.addEventListener("practise-code", ask);
  input.addEventListener("change", () => {
    if (input.checked) return ask();
    clear();
    return say("");
  });
})();
