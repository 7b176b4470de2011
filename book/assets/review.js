// When a question that was missed is asked again: after 1, 3, 7 and 21 days, each time it is answered; missed again, from
// the beginning. Kept on this device like all progress.
(() => {
  const memory = globalThis.courseMemory; // progress.js
  const DAYS = [1, 3, 7, 21];
  const keyOf = (of) => `back/self-check/${of}`;

  /** The day on the reader's calendar, counted from 1970. */
  function today() {
    const now = new Date();
    return Math.round(Date.UTC(now.getFullYear(), now.getMonth(), now.getDate()) / 864e5);
  }

  /** When a question is due: how many times it has come back, on which day it does, how often it was asked; or null. */
  function entry(of) {
    const kept = memory.read(keyOf(of));
    const [step, day, asked] = (kept ?? "").split(" ").map(Number);
    if (kept !== null && step >= 0 && step < DAYS.length && Number.isFinite(day)) return { step, day, asked: asked || 0 };
    // What was missed before days were kept.
    return memory.state(`self-check/${of}`) === "tried" ? { step: 0, day: today(), asked: 0 } : null;
  }

  function keep(of, step, asked) {
    memory.write(keyOf(of), `${step} ${today() + DAYS[step]} ${asked}`);
  }

  /** A question was answered, here or on its page. */
  function answered(of, right) {
    const known = entry(of);
    if (!right) keep(of, 0, known ? known.asked + 1 : 0);
    else if (known && known.day <= today()) {
      if (known.step + 1 < DAYS.length) keep(of, known.step + 1, known.asked + 1);
      else {
        memory.write(keyOf(of), null);
        memory.note(`self-check/${of}`, "right");
      }
    }
    dispatchEvent(new CustomEvent("course-review", { detail: { of, right } }));
  }

  globalThis.courseReview = { entry, answered, today };
})();
