// What the interactive figures share: drawing, sliders, the state in the address, announcements.

const SVG = "http://www.w3.org/2000/svg";
let counter = 0;

/** Whether the reader asked for less motion. */
export const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

/** An SVG element with attributes. */
export function svg(name, attributes = {}, text = null) {
  const element = document.createElementNS(SVG, name);
  set(element, attributes);
  if (text !== null) element.textContent = text;
  return element;
}

/** Set several attributes. */
export function set(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

/** An HTML element; `attributes` may hold event handlers under `onclick`, `oninput`, …. */
export function html(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (typeof value === "boolean") element.toggleAttribute(key, value);
    else element.setAttribute(key, value);
  }
  element.append(...children);
  return element;
}

/** A linear scale from data to pixels, and back. */
export function scale([low, high], [from, to]) {
  const map = (value) => from + ((value - low) / (high - low)) * (to - from);
  map.invert = (pixel) => low + ((pixel - from) / (to - from)) * (high - low);
  return map;
}

/** Round values that divide a range into about `count` steps. */
export function ticks(low, high, count = 5) {
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= rough);
  const values = [];
  for (let value = Math.ceil(low / step) * step; value <= high + step / 1e6; value += step) {
    values.push(Number(value.toPrecision(12)));
  }
  return values;
}

/** A number for reading: fixed digits, a true minus sign. */
export function shown(value, digits = 1) {
  if (!Number.isFinite(value)) return value > 0 ? "∞" : value < 0 ? "−∞" : "not defined";
  const text = value.toFixed(digits);
  return (Number(text) === 0 ? text.replace("-", "") : text).replace("-", "−");
}

/**
 * A labelled slider. `format` says the value in words; the same words reach a screen reader. `say` tells a value that
 * may lie beyond the span, where the slider itself stays at its end. Returns { row, input, output, value, say }.
 */
export function slider({ label, min, max, step, value, format = String, oninput }) {
  counter += 1;
  const id = `lab-slider-${counter}`;
  const input = html("input", { type: "range", id, min: String(min), max: String(max), step: String(step) });
  const output = html("span", { class: "lab-value", "aria-hidden": "true" }); // the slider says it (aria-valuetext)
  const control = {
    input,
    output,
    row: html("div", { class: "lab-slider" }, html("label", { for: id }, label), input, output),
    get value() {
      return Number(input.value);
    },
    set value(next) {
      input.value = String(next);
      control.say();
    },
    say(number = control.value) {
      const words = format(number);
      output.textContent = words;
      input.setAttribute("aria-valuetext", words);
    },
  };
  input.addEventListener("input", () => {
    control.say();
    oninput(control.value);
  });
  control.value = value;
  return control;
}

/** A drop-down list; `options` are [value, text] pairs. */
export function choice({ label, options, value, onchange }) {
  counter += 1;
  const id = `lab-choice-${counter}`;
  const select = html("select", { id, onchange: () => onchange(select.value) });
  const control = {
    select,
    row: html("div", { class: "lab-choice" }, html("label", { for: id }, label), select),
    fill(pairs, chosen) {
      select.replaceChildren(...pairs.map(([key, text]) => new Option(text, key)));
      select.value = chosen;
    },
  };
  control.fill(options, value);
  return control;
}

/** The path of the mark of partial pooling, around 0, 0. */
export const diamond = (radius) => `M0 ${-radius}L${radius} 0L0 ${radius}L${-radius} 0Z`;

/** A mark as a picture draws it, for its legend: an SVG element's name and attributes, around 0, 0. */
export function mark(name, attributes) {
  const icon = svg("svg", { width: 24, height: 16, viewBox: "-12 -8 24 16", "aria-hidden": "true", class: "lab-mark" });
  icon.append(svg(name, attributes));
  return icon;
}

/** A check box with its label. */
export function toggle({ label, checked, onchange }) {
  counter += 1;
  const id = `lab-toggle-${counter}`;
  const input = html("input", { type: "checkbox", id, onchange: () => onchange(input.checked) });
  input.checked = checked;
  return { input, row: html("div", { class: "lab-toggle" }, input, html("label", { for: id }, ...[label].flat())) };
}

/**
 * Check boxes that show and hide parts of a picture. `saved` and `hidden` are the hidden ones as the address holds them.
 */
export function layers({ labels, saved = "", onchange }) {
  const off = saved.split("_");
  const shows = Object.fromEntries(Object.keys(labels).map((key) => [key, !off.includes(key)]));
  const rows = Object.entries(labels).map(([key, label]) =>
    toggle({ label, checked: shows[key], onchange: (on) => { shows[key] = on; onchange(); } }).row);
  return {
    shows,
    row: html("div", { class: "lab-layers", role: "group", "aria-label": "Show" }, html("span", { "aria-hidden": "true" }, "Show"), ...rows),
    get hidden() {
      return Object.keys(shows).filter((key) => !shows[key]).join("_") || null;
    },
  };
}

const SIDEWAYS = 6; // pixels after which a finger drags; until then it may be about to scroll the page

/**
 * Dragging in a picture: `grab` when it begins, then `move` with every movement, both with the pointer's event. A mouse
 * drags from where it is pressed. A finger that moves up or down scrolls the page, and changes nothing here; it drags
 * once it has moved sideways, and in every direction if it was put on `handle`.
 */
export function draggable(picture, { grab, move, handle = null }) {
  let held = null; // where the pointer went down, and whether it drags
  const begin = (event) => {
    held.drags = true;
    grab(event);
  };
  picture.addEventListener("pointerdown", (event) => {
    held = { x: event.clientX, drags: false };
    picture.setPointerCapture(event.pointerId);
    if (event.pointerType !== "touch" || handle?.contains(event.target)) begin(event);
  });
  picture.addEventListener("pointermove", (event) => {
    if (!held) return;
    if (!held.drags) {
      if (Math.abs(event.clientX - held.x) < SIDEWAYS) return;
      begin(event);
    }
    move(event);
  });
  for (const type of ["pointerup", "pointercancel"]) picture.addEventListener(type, () => (held = null));
  handle?.addEventListener("touchstart", (event) => event.preventDefault(), { passive: false }); // else the page scrolls
}

/** What a custom element shows must not depend on where it was in its life; this base sets it up once. */
export class Lab extends HTMLElement {
  /** Short name: it prefixes this figure's entries in the address. */
  static prefix = "lab";

  connectedCallback() {
    if (this.ready) return;
    this.ready = true;
    const data = this.querySelector(':scope > script[type="application/json"]');
    this.data = data ? JSON.parse(data.textContent) : null;
    this.alternative = this.querySelector(":scope > .lab-alternative");
    this.status = html("p", { class: "lab-status", role: "status" });
    this.build();
    if (this.alternative) {
      const summary = html("summary", {}, "This figure in words");
      this.append(html("details", { class: "lab-words" }, summary, this.alternative));
    }
    this.classList.add("lab-ready");
    this.#observer = new ResizeObserver(() => this.resized());
    this.#observer.observe(this);
  }

  disconnectedCallback() {
    clearTimeout(this.#saying);
    clearTimeout(this.#saving);
  }

  #observer = null;
  #saying = 0;
  #saving = 0;
  #lastWidth = 0;

  /** Draw everything again if the width changed. */
  resized() {
    const width = Math.round(this.clientWidth);
    if (width === 0 || width === this.#lastWidth) return;
    this.#lastWidth = width;
    this.layout(width);
  }

  /** Say the figure's state, once the reader has stopped moving a slider. */
  say(text) {
    clearTimeout(this.#saying);
    this.#saying = setTimeout(() => {
      if (this.status.textContent !== text) this.status.textContent = text;
    }, 250);
  }

  /** This figure's entries of the address, without their prefix. */
  savedState() {
    const found = {};
    for (const [key, value] of new URLSearchParams(location.search)) {
      const start = `${this.constructor.prefix}.`;
      if (key.startsWith(start)) found[key.slice(start.length)] = value;
    }
    return found;
  }

  /** Keep the state in the address, so that a link or a reload brings it back. */
  saveState(state) {
    clearTimeout(this.#saving);
    this.#saving = setTimeout(() => {
      const query = new URLSearchParams(location.search);
      const start = `${this.constructor.prefix}.`;
      for (const key of [...query.keys()]) if (key.startsWith(start)) query.delete(key);
      for (const [key, value] of Object.entries(state)) {
        if (value !== null && value !== undefined) query.set(start + key, String(value));
      }
      const text = query.toString();
      try {
        history.replaceState(history.state, "", `${location.pathname}${text ? `?${text}` : ""}${location.hash}`);
      } catch {
        /* a file: page may not change its address; the figure works without */
      }
    }, 200);
  }
}

/** A number from the address if it is one within the limits, else the default. */
export function numberFrom(text, { min, max, otherwise }) {
  const value = text === undefined || text === "" ? NaN : Number(text);
  return value >= min && value <= max ? value : otherwise;
}

/** Axis at the bottom of a plot: a line, ticks and a title. */
export function bottomAxis({ x, y, values, from, to, title, digits = null }) {
  const group = svg("g", { class: "lab-axis", "aria-hidden": "true" });
  group.append(svg("line", { x1: from, x2: to, y1: y, y2: y }));
  for (const value of values) {
    group.append(svg("line", { x1: x(value), x2: x(value), y1: y, y2: y + 5 }));
    const text = digits === null ? String(value).replace("-", "−") : shown(value, digits);
    group.append(svg("text", { x: x(value), y: y + 18, "text-anchor": "middle" }, text));
  }
  group.append(svg("text", { x: (from + to) / 2, y: y + 36, "text-anchor": "middle" }, title));
  return group;
}

/** Axis at the left of a plot. */
export function leftAxis({ x, y, values, from, to, title, digits = null }) {
  const group = svg("g", { class: "lab-axis", "aria-hidden": "true" });
  group.append(svg("line", { x1: x, x2: x, y1: from, y2: to }));
  for (const value of values) {
    group.append(svg("line", { x1: x - 5, x2: x, y1: y(value), y2: y(value) }));
    const text = digits === null ? String(value).replace("-", "−") : shown(value, digits);
    group.append(svg("text", { x: x - 8, y: y(value) + 4, "text-anchor": "end" }, text));
  }
  if (title) group.append(svg("text", { x: 2, y: Math.min(from, to) - 12, "text-anchor": "start" }, title));
  return group;
}

/** Path of a polyline through [x, y] pairs. */
export function path(points) {
  return points.map(([x, y], i) => `${i ? "L" : "M"}${x.toFixed(2)} ${y.toFixed(2)}`).join("");
}
