// What this device remembers of a reader: answers, code, what is done. It leaves the device only as a file they save.
(() => {
  const PREFIX = "hierarchical-models/";
  const MARKS = { right: "✓", tried: "◐" };
  const WORDS = { right: "done", tried: "tried" };
  const aside = new Map(); // storage may be refused (private windows, `file:`): then a page remembers while it is open

  const memory = {
    read(name) {
      try {
        return localStorage.getItem(PREFIX + name);
      } catch {
        return aside.get(name) ?? null;
      }
    },
    write(name, value) {
      try {
        if (value === null) localStorage.removeItem(PREFIX + name);
        else localStorage.setItem(PREFIX + name, value);
      } catch {
        if (value === null) aside.delete(name);
        else aside.set(name, value);
      }
    },
    /** Names that begin with `start`. */
    names(start = "") {
      let all = [...aside.keys()];
      try {
        all = Object.keys(localStorage).filter((key) => key.startsWith(PREFIX)).map((key) => key.slice(PREFIX.length));
      } catch {
        /* see above */
      }
      return all.filter((name) => name.startsWith(start)).sort();
    },
    /** What became of a question or task: "right", "tried", or null. */
    note(item, state) {
      memory.write(`done/${item}`, state);
      dispatchEvent(new Event("course-progress"));
    },
    state: (item) => memory.read(`done/${item}`),
  };
  globalThis.courseMemory = memory;

  /** What is remembered under a name that the book has changed since (the table `renamed` of _config.yml). */
  function rename() {
    for (const [old, name] of Object.entries(globalThis.courseRenamed ?? {})) {
      for (const start of ["", "done/", "back/"]) {
        const value = memory.read(start + old);
        if (value === null) continue;
        if (memory.read(start + name) === null) memory.write(start + name, value);
        memory.write(start + old, null);
      }
    }
  }
  rename();

  const countOf = (items) => items.filter((item) => memory.state(item) === "right").length;

  /** The list at the foot of a page. */
  function showPage(box) {
    const rows = [...box.querySelectorAll("[data-item]")];
    for (const row of rows) {
      const state = memory.state(row.dataset.item);
      row.querySelector(".course-mark").textContent = MARKS[state] ?? "○";
      row.querySelector(".course-state").textContent = WORDS[state] ?? "open";
    }
    const count = countOf(rows.map((row) => row.dataset.item));
    box.querySelector(".course-count").textContent = `${count} of ${rows.length} done`;
  }

  /** The list of all pages. */
  function showBook(box) {
    const all = new Set(); // a task may stand on two pages
    for (const row of box.querySelectorAll("[data-items]")) {
      const items = row.dataset.items.split(" ");
      for (const item of items) all.add(item);
      row.querySelector(".course-count").textContent = `${countOf(items)} of ${items.length}`;
    }
    const done = countOf([...all]);
    box.querySelector(".course-total").textContent = `${done} of ${all.size} done`;
    box.querySelector("progress").value = done;
  }

  /** Save everything as a file. */
  function save() {
    const kept = Object.fromEntries(memory.names().map((name) => [name, memory.read(name)]));
    const file = new Blob([JSON.stringify({ course: PREFIX, kept }, null, 1)], { type: "application/json" });
    const link = document.createElement("a");
    link.href = URL.createObjectURL(file);
    link.download = "my-progress.json";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
    return "Saved as my-progress.json: your answers, your code, and what is done.";
  }

  /** Take over what such a file holds. */
  async function load(file) {
    const read = await file.text().then(JSON.parse).catch(() => null);
    const kept = Object.entries(read?.course === PREFIX && read.kept ? read.kept : {});
    if (!kept.length || !kept.every(([, value]) => typeof value === "string")) return `${file.name} holds no progress of this book.`;
    for (const [name, value] of kept) memory.write(name, value);
    rename(); // the file may be older than this book
    dispatchEvent(new Event("course-progress"));
    return `Loaded ${file.name}. Pages that are open show it when you load them again.`;
  }

  /** Forget everything, once the reader has pressed twice. */
  function forget(button) {
    if (button.textContent !== button.dataset.sure) {
      button.dataset.first = button.textContent;
      button.textContent = button.dataset.sure;
      return "This removes your answers, your code and your progress from this device. Press again to do it.";
    }
    button.textContent = button.dataset.first;
    for (const name of memory.names()) memory.write(name, null);
    dispatchEvent(new Event("course-progress"));
    return "Forgotten.";
  }

  const page = document.querySelector(".course-progress");
  const book = document.querySelector(".course-book");
  const show = () => {
    if (page) showPage(page);
    if (book) showBook(book);
  };
  if (book) {
    const said = book.querySelector('[role="status"]');
    const [saveButton, loadButton, forgetButton] = book.querySelectorAll("button");
    const picker = book.querySelector('input[type="file"]');
    saveButton.addEventListener("click", () => (said.textContent = save()));
    loadButton.addEventListener("click", () => picker.click());
    picker.addEventListener("change", async () => (said.textContent = await load(picker.files[0])));
    forgetButton.addEventListener("click", () => (said.textContent = forget(forgetButton)));
  }
  addEventListener("course-progress", show);
  addEventListener("storage", show); // another tab
  show();
})();
