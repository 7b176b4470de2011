// Makes the self-check questions of book/_ext/self_check.py work, and remembers answers on this device.
(() => {
  const memory = globalThis.courseMemory; // progress.js
  const keyOf = (name) => `self-check/${name}`;

  /** The number that a reader typed, a decimal comma allowed; NaN if it is none. */
  function parseNumber(text) {
    const typed = text.trim().replace("−", "-").replace(",", ".");
    return typed === "" ? NaN : Number(typed);
  }

  /** The explained answer that fits what was given, or null. */
  function explanationOf(check, value) {
    const answers = [...check.querySelectorAll(".self-check-answers li")];
    if (check.dataset.type === "choice") return answers.find((item) => item.dataset.value === value) || null;
    const given = parseNumber(value);
    if (!Number.isFinite(given)) return null;
    const tolerance = Number(check.querySelector("input").dataset.tolerance);
    const slack = 1e-9 * Math.max(1, Math.abs(given)); // 0.86 - 0.855 exceeds 0.005 in binary
    const near = answers.filter((item) => Math.abs(Number(item.dataset.value) - given) <= tolerance + slack);
    return near.find((item) => item.dataset.right === "true") || near[0] || answers.find((item) => item.dataset.value === "else");
  }

  function show(check, explanation) {
    const feedback = check.querySelector(".self-check-feedback");
    feedback.replaceChildren();
    if (!explanation) {
      feedback.dataset.state = "none";
      feedback.textContent = check.dataset.type === "choice" ? "Choose an answer first." : "Type a number, such as 0.5.";
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
      memory.note(keyOf(name), explanation.dataset.right === "true" ? "right" : "tried");
    });
    form.addEventListener("reset", () => {
      memory.write(keyOf(name), null);
      memory.note(keyOf(name), null);
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

  for (const check of document.querySelectorAll(".self-check")) {
    if (check.dataset.type === "reveal") prediction(check);
    else question(check);
  }
})();
