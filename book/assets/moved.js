// Sends readers on who come by an old address of this page: the table `moved` of _config.yml, in settings.js.
(() => {
  const moved = new Map(Object.entries(globalThis.courseMoved ?? {}));
  const page = decodeURIComponent(location.pathname.split("/").pop()).replace(/\.html$/, "") || "index";
  const whole = moved.get(page);
  function follow() {
    const id = decodeURIComponent(location.hash.slice(1));
    if (id && document.getElementById(id)) return;
    const to = (id && moved.get(`${page}#${id}`)) ?? (whole && whole + location.hash);
    if (to) location.replace(to);
  }
  addEventListener("hashchange", follow);
  follow();
})();
