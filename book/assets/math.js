// Loads the site's own MathJax and sets formulas: those in view first, the rest in the pauses.
(() => {
  const base = new URL("vendor/mathjax/", document.currentScript.src).href;
  const given = window.MathJax || {};
  const SELECTOR = ".math";

  const pause = () => new Promise((resolve) => setTimeout(resolve));

  async function typesetAll() {
    const formulas = [...document.querySelectorAll(SELECTOR)];
    const inView = (node) => {
      const box = node.getBoundingClientRect();
      return box.bottom > -200 && box.top < innerHeight + 400;
    };
    const first = formulas.filter(inView);
    const queue = [...first, ...formulas.filter((node) => !first.includes(node))];
    let began = performance.now();
    while (queue.length) {
      await window.MathJax.typesetPromise(queue.splice(0, 3).filter((node) => node.isConnected));
      if (performance.now() - began > 25) {
        await pause(); // so that a scroll or a tap is answered between formulas
        began = performance.now();
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
