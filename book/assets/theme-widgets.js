// The theme's names of buttons and its menus need Bootstrap, its largest file: it comes when a reader points at one.
(() => {
  const address = new URL("scripts/bootstrap.js", document.currentScript.src);
  let loading = null;

  const bootstrap = () =>
    (loading ??= new Promise((done, failed) => {
      const script = document.createElement("script");
      Object.assign(script, { src: address, onload: () => done(globalThis.bootstrap), onerror: failed });
      document.head.append(script);
    }));
  const of = ({ target }) => target.closest?.("[data-bs-toggle]");

  function name(event) {
    const element = of(event);
    if (!element || event.pointerType === "touch" || globalThis.bootstrap) return;
    bootstrap().then(({ Tooltip }) => {
      if (element.matches(":hover, :focus-visible")) Tooltip.getInstance(element)?.show();
    }, () => {});
  }
  addEventListener("pointerover", name, { passive: true });
  addEventListener("focusin", name);
  addEventListener("click", (event) => {
    const element = of(event);
    if (!element || element.dataset.bsToggle === "tooltip" || globalThis.bootstrap) return;
    event.preventDefault();
    bootstrap().then(() => element.click(), () => {});
  });

  // Bootstrap's file brings this button too.
  const up = document.getElementById("pst-back-to-top");
  let before = 0; // asking for it now would lay the page out before its first paint
  up?.addEventListener("click", () => scrollTo(0, 0));
  if (up) addEventListener("scroll", () => {
    up.style.display = before > scrollY && scrollY > 0 ? "block" : "none";
    before = scrollY;
  }, { passive: true });
})();
