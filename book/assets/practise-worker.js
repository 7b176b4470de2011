// Runs Python (Pyodide) away from the page. The first message says where its files are; every later one is a job.
"use strict";

const LONGEST_OUTPUT = 20_000; // characters that one job may print
const NAMED = { pandas: /\b(?:pandas|pd)\b/, matplotlib: /\bmatplotlib\b/ };
const PAUSE = 60; // milliseconds between two deliveries of printed text
let python = null;
let answer = null;
let site = ""; // where the book's own files are
let listings = null; // what runs the cells of a page
let loaded = new Set(); // units whose files are in place

const say = (message) => postMessage(message);

/** Printed text on its way to the page: gathered, cut at a length, delivered now and then. */
const printed = {
  text: "",
  length: 0,
  cut: false,
  last: 0,
  job: 0,
  decoder: new TextDecoder(),
  begin(job) {
    Object.assign(this, { text: "", length: 0, cut: false, last: 0, job });
  },
  write(bytes) {
    const text = this.decoder.decode(bytes, { stream: true });
    const room = LONGEST_OUTPUT - this.length;
    this.text += text.slice(0, room);
    this.length = Math.min(LONGEST_OUTPUT, this.length + text.length);
    if (text.length > room && !this.cut) {
      this.text += "\n… (the rest is left out)\n";
      this.cut = true;
    }
    if (performance.now() - this.last > PAUSE) this.deliver();
    return bytes.length;
  },
  deliver() {
    this.last = performance.now();
    if (this.text) say({ kind: "output", job: this.job, text: this.text });
    this.text = "";
  },
};

/** The text of a file of the site. */
async function textOf(address) {
  return (await fetch(address)).text();
}

// What is fetched, by us and by Pyodide, tells how much of it has come, ends if nothing comes any more, and has the
// type that its name says: some servers call WebAssembly by another, and browsers then refuse or copy it.
const SILENCE = 10_000; // milliseconds without a byte after which a file is given up
const TYPES = { wasm: "application/wasm", json: "application/json" };
const coming = { what: "", heard: 0, expected: 0, told: 0, job: undefined };
const plainFetch = globalThis.fetch;

/** Say how much has come, a few times a second. */
function tell() {
  if (performance.now() - coming.told < 2 * PAUSE) return;
  coming.told = performance.now();
  const [heard, expected] = [coming.heard, coming.expected].map((bytes) => bytes / 1e6);
  const share = expected ? Math.min(1, heard / expected) : null;
  const size = expected ? `${expected.toFixed(0)} MB, once: ${Math.floor(100 * share)}%` : `once: ${heard.toFixed(1)} MB so far`;
  say({ kind: "progress", job: coming.job, share, text: `Loading ${coming.what}, ${size}` });
}

globalThis.fetch = async (address, options = {}) => {
  const name = String(address.url ?? address);
  const giveUp = new AbortController();
  let timer = 0;
  const wait = () => {
    clearTimeout(timer);
    timer = setTimeout(() => giveUp.abort(), SILENCE);
  };
  const failed = (error) => {
    clearTimeout(timer);
    const text = giveUp.signal.aborted ? `${name} did not come within 10 seconds` : `${name}: ${error.message}`;
    // Pyodide would try another way, and wait again; the page need not.
    if (coming.what === "Python") say({ kind: "unavailable", text });
    return new Error(text);
  };
  wait();
  const response = await plainFetch(address, { ...options, signal: giveUp.signal }).catch((error) => {
    throw failed(error);
  });
  if (!response.ok) throw failed(new Error(`the server answered ${response.status}`));
  const parts = response.body.getReader();
  const body = new ReadableStream({
    async pull(stream) {
      wait();
      const { done, value } = await parts.read().catch((error) => { throw failed(error); });
      if (done) {
        clearTimeout(timer);
        return stream.close();
      }
      coming.heard += value.length;
      if (coming.what) tell();
      return stream.enqueue(value);
    },
  });
  const headers = new Headers(response.headers);
  const type = TYPES[new URL(name, location.href).pathname.split(".").pop()];
  if (type) headers.set("Content-Type", type);
  for (const header of ["Content-Encoding", "Content-Length"]) headers.delete(header); // the parts are unpacked
  return new Response(body, { headers });
};

async function start({ pyodide, bytes, site: place }) {
  site = place;
  Object.assign(coming, { what: "Python", expected: bytes });
  // Fetched first: importScripts waits without end and says nothing, and finds them in the browser's cache.
  await Promise.all(["pyodide.js", "pyodide.asm.js"].map((name) => textOf(pyodide + name)));
  importScripts(`${pyodide}pyodide.js`);
  const source = textOf(`${site}practise_runner.py`);
  python = await loadPyodide({ indexURL: pyodide, stdin: () => null });
  await load(["numpy"]);
  coming.what = "";
  const stream = { write: (bytes) => printed.write(bytes), isatty: false };
  python.setStdout(stream);
  python.setStderr(stream);
  python.FS.writeFile("/home/pyodide/practise_runner.py", await source);
  answer = python.pyimport("practise_runner").answer;
  say({ kind: "ready" });
}

/** Load packages; Pyodide itself only logs a package that it could not get. */
async function load(names) {
  const before = Object.keys(python.loadedPackages);
  const complaints = [];
  await python.loadPackage(names, { messageCallback: () => {}, errorCallback: (text) => complaints.push(text) });
  const missing = names.filter((name) => !(name in python.loadedPackages) && !before.includes(name));
  if (missing.length) throw new Error(complaints.join(" ") || `${missing.join(", ")} cannot be had`);
}

/** Put a unit's files where its notebook would have them beside it. */
async function place(unit, files) {
  if (loaded.has(unit)) return;
  const texts = await Promise.all(Object.values(files).map(textOf));
  python.FS.mkdirTree(`/home/pyodide/${unit}`);
  Object.keys(files).forEach((name, i) => python.FS.writeFile(`/home/pyodide/${unit}/${name}`, texts[i]));
  loaded.add(unit);
}

/** Load packages that some code names and that are not there yet. */
async function loadNamed(code, job) {
  const named = Object.entries(NAMED).filter(([, word]) => word.test(code)).map(([name]) => name);
  const lacking = named.filter((name) => !(name in python.loadedPackages));
  if (!lacking.length) return;
  Object.assign(coming, { what: lacking.join(" and "), heard: 0, expected: 0, job });
  await load(lacking);
  coming.what = "";
}

/** Run a cell of a page. */
async function runListing({ job, request }) {
  await loadNamed(request.code, job);
  if (!listings) {
    const [source, style, wheel] = await Promise.all([
      textOf(`${site}listing_runner.py`), textOf(`${site}listings/matplotlibrc`),
      fetch(`${site}listings/reference_impl.zip`).then((file) => file.arrayBuffer()),
    ]);
    python.FS.writeFile("/home/pyodide/listing_runner.py", source);
    python.FS.writeFile("/home/pyodide/matplotlibrc", style);
    python.unpackArchive(wheel, "zip", { extractDir: "/home/pyodide" });
    // Python looks there wherever a reader's code has gone, and again though its files are of this tick of a coarse clock.
    python.runPython('import importlib, sys; sys.path.insert(0, "/home/pyodide"); importlib.invalidate_caches()');
    listings = python.pyimport("listing_runner").run_listing;
  }
  say({ kind: "progress", job, text: "Running" });
  printed.begin(job);
  const reply = JSON.parse(listings(JSON.stringify(request)));
  printed.deliver();
  say({ kind: "reply", job, reply });
}

async function work({ job, request, files }) {
  if (request.task === "listing") return runListing({ job, request });
  await place(request.unit, files);
  const code = [request.code, ...request.others].join("\n");
  await loadNamed(code, job);
  say({ kind: "progress", job, text: "Running" });
  printed.begin(job);
  const reply = JSON.parse(answer(JSON.stringify(request)));
  printed.deliver();
  say({ kind: "reply", job, reply });
}

let turn = Promise.resolve(); // one thing at a time, in the order asked
addEventListener("message", ({ data }) => {
  turn = turn.then(() => (data.kind === "start" ? start(data) : work(data))).catch((error) => {
    say({ kind: data.kind === "start" ? "unavailable" : "broken", job: data.job, text: String(error.message || error) });
  });
});
