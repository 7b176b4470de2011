// Before the first paint: the colour mode, and something in place of a storage that the browser refuses.
(() => {
  const root = document.documentElement.dataset;
  try {
    localStorage.length; // with cookies blocked, already this throws
  } catch {
    // The theme's switch and the book's own memory then last as long as the page is open.
    const kept = new Map();
    const value = {
      getItem: (name) => kept.get(String(name)) ?? null,
      setItem: (name, text) => void kept.set(String(name), String(text)),
      removeItem: (name) => void kept.delete(String(name)),
      key: (i) => [...kept.keys()][i] ?? null,
      get length() {
        return kept.size;
      },
    };
    Object.defineProperty(globalThis, "localStorage", { configurable: true, value });
    root.storage = "refused";
  }
  root.mode = localStorage.getItem("mode") || document.currentScript.dataset.mode;
  root.theme = root.mode !== "auto" ? root.mode : matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
})();
