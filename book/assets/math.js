// Loads the site's own MathJax and sets formulas: those in view first, the rest in the pauses.
(() => {
  const base = new URL("vendor/mathjax/", document.currentScript.src).href;
  const given = window.MathJax || {};
  const SELECTOR = ".math";

  const pause = () =>
    new Promise((resolve) => (window.requestIdleCallback ? requestIdleCallback(resolve, { timeout: 200 }) : setTimeout(resolve, 20)));

  async function typesetAll() {
    const formulas = [...document.querySelectorAll(SELECTOR)];
    const inView = (node) => {
      const box = node.getBoundingClientRect();
      return box.bottom > -200 && box.top < innerHeight + 400;
    };
    const first = formulas.filter(inView);
    const rest = formulas.filter((node) => !first.includes(node));
    for (const [group, size] of [[first, 8], [rest, 4]]) {
      for (let start = 0; start < group.length; start += size) {
        await window.MathJax.typesetPromise(group.slice(start, start + size).filter((node) => node.isConnected));
        await pause();
      }
    }
    document.documentElement.dataset.math = "done";
    document.dispatchEvent(new Event("math-done"));
  }

  window.MathJax = {
    ...given,
    loader: { paths: { mathjax: base.replace(/\/$/, "") }, load: ["core", "input/tex", "output/chtml", "a11y/assistive-mml"] },
    tex: { inlineMath: [["\\(", "\\)"]], displayMath: [["\\[", "\\]"]], ...(given.tex || {}) },
    // One size everywhere: formulas in a closed <details> cannot be measured, and measuring costs time.
    chtml: { matchFontHeight: false, scale: 1.06, fontURL: `${base}output/chtml/fonts/woff-v2` },
    startup: {
      typeset: false,
      ready() {
        window.MathJax.startup.defaultReady();
        window.MathJax.startup.promise.then(typesetAll);
      },
    },
  };

  const script = document.createElement("script");
  script.src = `${base}startup.js`;
  document.head.append(script);
})();
