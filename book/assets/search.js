// What Sphinx's search lacks; it stands between searchtools.js and the index, whose arrival starts the search.
(() => {
  const OUTSIDE_THE_TEXT = ".headerlink, script, style, pre, mjx-math, .toc-item, .course-progress, practise-box";

  /** The words of a page, or of its part at an anchor: no list of contents, no code, no formula twice. */
  Search.htmlToText = (html, anchor) => {
    const page = new DOMParser().parseFromString(html, "text/html");
    for (const element of page.querySelectorAll(OUTSIDE_THE_TEXT)) element.remove();
    const article = page.querySelector(".bd-article") ?? page.body;
    return ((anchor && article.querySelector(anchor)) || article).textContent.replace(/\s+/g, " ").trim() || " ";
  };

  // From a folder no page can be read for an excerpt.
  if (location.protocol === "file:") DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;

  // Words are to be marked on the page that a result leads to, and on no other that happens to be opened next.
  const WORDS = "sphinx_highlight_terms";
  const parse = Search._parseQuery;
  let words = "";
  Search._parseQuery = (query) => {
    const parsed = parse(query);
    words = localStorage.getItem(WORDS) ?? "";
    localStorage.removeItem(WORDS);
    return parsed;
  };
  const mark = ({ target }) => target.closest?.("ul.search a") && localStorage.setItem(WORDS, words);
  for (const kind of ["click", "auxclick"]) document.addEventListener(kind, mark);

  // What was found is announced.
  const perform = Search.performSearch;
  const announce = () => Search.status?.setAttribute("role", "status");
  Search.performSearch = (query) => {
    perform(query);
    announce();
  };
  announce();
})();
