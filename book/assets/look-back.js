// The page Look back: of the questions that it holds, those that this reader missed and whose day has come.
(() => {
  const review = globalThis.courseReview; // review.js
  const memory = globalThis.courseMemory; // progress.js
  const place = document.querySelector(".look-back");
  const list = place.querySelector(".look-back-questions");
  const held = new Map();
  for (const one of place.querySelectorAll("template[data-of]")) held.set(one.dataset.of, [...(held.get(one.dataset.of) ?? []), one]);

  const waiting = () => [...held.keys()].map((of) => ({ of, ...review.entry(of) })).filter(({ day }) => day !== undefined);
  const dateOf = (day) => new Date(day * 864e5).toLocaleDateString(document.documentElement.lang || "en",
    { weekday: "long", day: "numeric", month: "long", timeZone: "UTC" });
  const count = (number) => (number === 1 ? "One question" : `${number} questions`);

  /** Put a question into the list; its numbers change from one time to the next. */
  function ask({ of, asked }) {
    const some = held.get(of);
    const row = document.createElement("li");
    row.append(some[asked % some.length].content.cloneNode(true));
    const told = document.createElement("p");
    told.className = "look-back-next";
    row.append(told);
    list.append(row);
    const check = row.querySelector(".self-check");
    memory.write(`self-check/${check.dataset.check}`, null); // an answer of the last time
    row.dataset.of = of;
    globalThis.courseQuestions.start(check);
  }

  function tell() {
    const all = waiting();
    const due = all.filter(({ day }) => day <= review.today());
    const later = all.filter(({ day }) => day > review.today()).sort((one, other) => one.day - other.day);
    const next = later.length ? `${count(later.length)} ${later.length === 1 ? "comes" : "come"} back later, the next on ${dateOf(later[0].day)}.` : "";
    const now = due.length ? `${count(due.length)} to look back on today.` : "";
    place.querySelector(".look-back-status").textContent =
      [now, next].filter(Boolean).join(" ") || "You have missed no question yet, so there is nothing to look back on.";
  }

  for (const one of waiting()) if (one.day <= review.today()) ask(one);
  tell();
  addEventListener("course-review", ({ detail: { of } }) => {
    const row = [...list.children].find((one) => one.dataset.of === of);
    const entry = review.entry(of);
    if (row) row.querySelector(".look-back-next").textContent = entry ? `It comes back on ${dateOf(entry.day)}.` : "It will not come back: you have known it four times.";
    tell();
  });
})();
