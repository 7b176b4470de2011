// Mends what the theme's own scripts and templates leave inaccessible.
(() => {
  function mend() {
    // An accessible name must contain the visible text (WCAG 2.5.3).
    for (const button of document.querySelectorAll(".search-button__button, .theme-switch-button")) {
      if (button.innerText.trim()) button.removeAttribute("aria-label");
    }
    for (const summary of document.querySelectorAll("summary[aria-label]")) summary.removeAttribute("aria-label");
    // Everything stands in a landmark.
    const brand = document.querySelector(".sidebar-primary-item:has(.navbar-brand)");
    if (brand) {
      brand.setAttribute("role", "navigation");
      brand.setAttribute("aria-label", "Book title");
    }
  }
  mend();
  addEventListener("load", () => setTimeout(mend));
})();
