// Runs Python (Pyodide) away from the page. The first message says where its files are; every later one is a job.
"use strict";

const LONGEST_OUTPUT = 20_000; // characters that one job may print
const PAUSE = 60; // milliseconds between two deliveries of printed text
let python = null;
let answer = null;
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
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${address} answered ${response.status}`);
  return response.text();
}

async function start({ pyodide, runner }) {
  say({ kind: "progress", step: 1, text: "Loading Python" });
  importScripts(`${pyodide}pyodide.js`);
  const source = textOf(runner);
  python = await loadPyodide({ indexURL: pyodide, stdin: () => null });
  say({ kind: "progress", step: 2, text: "Loading NumPy" });
  await load(["numpy"]);
  say({ kind: "progress", step: 3, text: "Starting" });
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

async function work({ job, request, files }) {
  await place(request.unit, files);
  const code = [request.code, ...request.others].join("\n");
  if (/\b(?:pandas|pd)\b/.test(code) && !("pandas" in python.loadedPackages)) {
    say({ kind: "progress", job, text: "Loading pandas" });
    await load(["pandas"]);
  }
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
