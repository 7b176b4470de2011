// Mends what the theme's own scripts and templates leave inaccessible.
(() => {
  function mend() {
    // An accessible name must contain the visible text (WCAG 2.5.3).
    for (const button of document.querySelectorAll(".search-button__button, .theme-switch-button")) {
      if (button.textContent.trim()) button.removeAttribute("aria-label");
    }
    for (const summary of document.querySelectorAll("summary[aria-label]")) summary.removeAttribute("aria-label");
    // Everything stands in a landmark.
    const brand = document.querySelector(".sidebar-primary-item:has(.navbar-brand)");
    if (brand) {
      brand.setAttribute("role", "navigation");
      brand.setAttribute("aria-label", "Book title");
    }
  }

  // What scrolls sideways must be reachable by keyboard. Whether it does is measured when it comes into view: before
  // that a reader can reach it in any case.
  const observer = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      if (!isIntersecting) continue;
      const scrolls = target.scrollWidth > target.clientWidth || target.scrollHeight > target.clientHeight;
      target.tabIndex = scrolls ? 0 : -1;
      tell(target);
    }
  });
  const scrollable = "pre, .cell_output > .output, .cell_output:has(img), .pst-scrollable-table-container, div.math, mjx-container[display]";
  function watch() {
    for (const element of document.querySelectorAll(scrollable)) {
      element.tabIndex = 0;
      observer.unobserve(element); // so that what is in view is measured again
      observer.observe(element);
    }
  }
  // Whether something is hidden to the right; the style fades it out there.
  function tell(element) {
    const beyond = element.scrollWidth - element.scrollLeft - element.clientWidth;
    element.toggleAttribute("data-goes-on", beyond > 2);
    element.style.setProperty("--beyond", `${beyond}px`);
  }
  document.addEventListener("scroll", ({ target }) => target.matches?.(scrollable) && tell(target), { capture: true, passive: true });
  watch();
  addEventListener("resize", watch);

  document.querySelector(".bd-search-container input")?.focus();
  mend();
  addEventListener("load", () => setTimeout(mend));
})();
