// Makes the self-check questions of book/_ext/self_check.py work, and remembers answers on this device.
(() => {
  const memory = globalThis.courseMemory; // progress.js
  const keyOf = (name) => `self-check/${name}`;

  const FRACTIONS = { "½": "1/2", "⅓": "1/3", "⅔": "2/3", "¼": "1/4", "¾": "3/4", "⅕": "1/5", "⅛": "1/8" };
  const NUMBER = "(?:\\d+(?:[.,]\\d*)?|[.,]\\d+)(?:e[-+]?\\d+)?";
  const TYPED = new RegExp(`^([-+]?)(?:(\\d+)\\s+)?(${NUMBER})(?:\\s*[/⁄∕]\\s*(${NUMBER}))?\\s*(%|percent|per cent)?$`, "i");

  /**
   * The number that a reader typed; NaN if it is none. It may be a decimal, with point or comma, a fraction, a mixed
   * number or a percentage; what a question in percent wants is the number before the sign.
   */
  function parseNumber(text, inPercent) {
    const plain = text.trim().replace(/[−–]/g, "-").replace(/[½⅓⅔¼¾⅕⅛]/g, (one) => ` ${FRACTIONS[one]}`).trim().replace(/^([-+])\s+/, "$1");
    const found = TYPED.exec(plain);
    if (!found) return NaN;
    const [, sign, whole, above, below, percent] = found;
    if (whole && !below) return NaN;
    const number = (part) => Number(part.replace(",", "."));
    const size = Number(whole ?? 0) + number(above) / (below ? number(below) : 1);
    return (sign === "-" ? -size : size) / (percent && !inPercent ? 100 : 1);
  }

  /** The explained answer that fits what was given, or null. */
  function explanationOf(check, value) {
    const answers = [...check.querySelectorAll(".self-check-answers li")];
    if (check.dataset.type === "choice") return answers.find((item) => item.dataset.value === value) || null;
    const { tolerance: kept, unit } = check.querySelector("input").dataset;
    const given = parseNumber(value, unit === "percent");
    if (!Number.isFinite(given)) return null;
    const tolerance = Number(kept);
    const slack = 1e-9 * Math.max(1, Math.abs(given)); // 0.86 - 0.855 exceeds 0.005 in binary
    const near = answers.filter((item) => Math.abs(Number(item.dataset.value) - given) <= tolerance + slack);
    return near.find((item) => item.dataset.right === "true") || near[0] || answers.find((item) => item.dataset.value === "else");
  }

  function show(check, explanation) {
    const feedback = check.querySelector(".self-check-feedback");
    feedback.replaceChildren();
    if (!explanation) {
      feedback.dataset.state = "none";
      feedback.textContent = check.dataset.type === "choice" ? "Choose an answer first." : "Type a number, such as 0.5, 1/2 or 50%.";
      return;
    }
    feedback.dataset.state = explanation.dataset.right === "true" ? "right" : "wrong";
    const mark = document.createElement("span");
    mark.className = "self-check-mark";
    mark.setAttribute("aria-hidden", "true");
    mark.textContent = explanation.dataset.right === "true" ? "✓" : "✗";
    const [, verdict, text] = explanation.children;
    feedback.append(mark, " ", verdict.cloneNode(true), " ", text.cloneNode(true));
  }

  function clear(check) {
    const feedback = check.querySelector(".self-check-feedback");
    feedback.replaceChildren();
    delete feedback.dataset.state;
  }

  function question(check) {
    const form = check.querySelector("form");
    const name = check.dataset.check;
    const field = `check-${name}`;
    const again = check.dataset.of; // the question of another page that this one asks again
    for (const button of form.querySelectorAll("button")) button.disabled = false;

    const valueOf = () => form.elements[field].value;
    function restore() {
      const saved = memory.read(keyOf(name));
      if (saved === null) return;
      form.elements[field].value = saved;
      if (valueOf() === saved) show(check, explanationOf(check, saved));
    }
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const explanation = explanationOf(check, valueOf());
      show(check, explanation);
      if (!explanation) return;
      memory.write(keyOf(name), valueOf());
      const right = explanation.dataset.right === "true";
      globalThis.courseReview.answered(again ?? name, right);
      if (!again) memory.note(keyOf(name), right ? "right" : "tried");
    });
    form.addEventListener("reset", () => {
      memory.write(keyOf(name), null);
      if (!again) memory.note(keyOf(name), null);
      clear(check);
    });
    restore();
  }

  function prediction(check) {
    const area = check.querySelector("textarea");
    const name = keyOf(check.dataset.check);
    area.value = memory.read(name) ?? area.value;
    area.addEventListener("input", () => {
      memory.write(name, area.value || null);
      if (!area.value && memory.state(name) === "tried") memory.note(name, null);
      if (area.value && memory.state(name) === null) memory.note(name, "tried");
    });
    check.querySelector("details").addEventListener("toggle", (event) => {
      if (event.target.open) memory.note(name, "right");
    });
    check.querySelector("form").addEventListener("submit", (event) => event.preventDefault());
  }

  function start(check) {
    if (check.dataset.type === "reveal") prediction(check);
    else question(check);
  }
  globalThis.courseQuestions = { start, parseNumber };
  for (const check of document.querySelectorAll(".self-check")) start(check);
})();
