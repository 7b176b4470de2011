// What this device remembers of a reader: answers, code, what is done. It leaves the device only as a file they save.
(() => {
  const PREFIX = "hierarchical-models/";
  const MARKS = { right: "✓", tried: "◐" };
  const WORDS = { right: "done", tried: "tried" };
  const aside = new Map(); // what the storage had no room for: a page remembers it while it is open
  // Storage that is refused altogether lasts as long as the page, too (before-paint.js).
  let trouble = document.documentElement.dataset.storage ?? "";
  const TROUBLES = {
    refused: "This browser keeps nothing for this site: what you do here is gone when you leave the page.",
    full: "This browser's storage for this site is full: what you do now is gone when you leave the page. Save it to a file (on the first page), or copy your code.",
  };

  const memory = {
    read(name) {
      return aside.get(name) ?? localStorage.getItem(PREFIX + name);
    },
    write(name, value) {
      aside.delete(name);
      if (value === null) return localStorage.removeItem(PREFIX + name);
      try {
        localStorage.setItem(PREFIX + name, value);
      } catch {
        aside.set(name, value);
        trouble = "full";
      }
    },
    /** Names that begin with `start`. */
    names(start = "") {
      const stored = Array.from({ length: localStorage.length }, (_, i) => localStorage.key(i));
      const own = stored.filter((key) => key.startsWith(PREFIX)).map((key) => key.slice(PREFIX.length));
      return [...new Set([...own, ...aside.keys()])].filter((name) => name.startsWith(start)).sort();
    },
    /** Why what is done here does not outlast the page; nothing if it does. */
    get trouble() {
      return TROUBLES[trouble] ?? "";
    },
    /** Hear of what another tab has written: its name, or null for "all of it". */
    elsewhere(heard) {
      addEventListener("storage", ({ key }) => {
        if (key === null) heard(null);
        else if (key.startsWith(PREFIX)) heard(key.slice(PREFIX.length));
      });
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
    warn(box);
  }

  /** Say once why nothing is kept. */
  function warn(box) {
    const words = box.querySelector(".course-trouble");
    if (words.textContent !== memory.trouble) words.textContent = memory.trouble;
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
    warn(box);
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
      const disarm = () => (button.textContent = button.dataset.first);
      button.addEventListener("blur", disarm, { once: true });
      setTimeout(disarm, 10_000); // a button that was clicked has no focus in every browser
      return "This removes your answers, your code and your progress from this device. Press again to do it.";
    }
    button.textContent = button.dataset.first;
    for (const name of memory.names()) memory.write(name, null);
    localStorage.removeItem(PLACE);
    dispatchEvent(new Event("course-progress"));
    return "Forgotten.";
  }

  // Where the reader was last: the first page offers to go on there. A place is no progress, and in no saved file.
  const PLACE = "hierarchical-models:place"; // a page's address beside the first page, and its title
  const start = document.querySelector(".course-start a");

  function keepPlace() {
    const title = document.title.split(" \u2014 ")[0];
    try {
      localStorage.setItem(PLACE, `${location.pathname.split("/").pop()}\n${title}`);
    } catch {
      // the storage is full: the first page goes on to offer what it offered before
    }
  }

  function showStart() {
    const [address, title] = (localStorage.getItem(PLACE) ?? "").split("\n");
    if (/^[\w-]+\.html$/.test(address) && title) Object.assign(start, { href: address, textContent: `Continue: ${title}` });
  }

  /** A tick beside the pages of the first page's list of which everything is done. */
  function tick(box) {
    for (const row of box.querySelectorAll("[data-items]")) {
      const items = row.dataset.items.split(" ");
      const link = document.querySelector(`.course-chapters a[href="${row.querySelector("a").getAttribute("href")}"]`);
      link?.classList.toggle("done", countOf(items) === items.length);
    }
  }

  const page = document.querySelector(".course-progress");
  const book = document.querySelector(".course-book");
  const show = () => {
    if (page) showPage(page);
    if (book) {
      showBook(book);
      tick(book);
    }
    if (start) showStart();
  };
  if (page && !start) keepPlace();
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
  memory.elsewhere(() => dispatchEvent(new Event("course-progress")));
  show();
})();
