// The report as values: the page's JSON, decoded on first use. It draws nothing.
"use strict";

const data = JSON.parse(document.getElementById("data").textContent);
const families = new Map(data.kinds.map(([kind, family]) => [kind, family]));
const severity = new Map(data.kinds.map(([kind], index) => [kind, index]));

/** What stands in a cell of the timeline; from FOUND on it is a finding of the sweep. */
const UNTOUCHED = 0, SURVIVED = 1, FOUND = 2;

/** The numbers of `4,7*3,12`. */
function series(text) {
  const numbers = [];
  if (text === "") return numbers;
  for (const part of text.split(",")) {
    const star = part.indexOf("*");
    if (star < 0) {
      numbers.push(+part);
      continue;
    }
    const value = +part.slice(0, star);
    for (let left = +part.slice(star + 1); left > 0; left--) numbers.push(value);
  }
  return numbers;
}

/** The pairs of first and last of `0-99,105`. */
function ranges(text) {
  if (text === "") return [];
  return text.split(",").map((part) => {
    const [first, last] = part.split("-");
    return [+first, +(last ?? first)];
  });
}

/** Makes a value once. */
function once(make) {
  let value;
  return () => (value ??= make());
}

function frame(number) {
  const [name, file, line] = data.frames.frames[number];
  const path = file === null ? "" : data.frames.files[file];
  return {
    name: data.frames.functions[name],
    place: line === null || path === "" ? path : `${path}:${line}`,
  };
}

/** The crate of a function's path, or of the type that it belongs to. */
function crateOf(name) {
  const start = name.replace(/^[<&({*\s]*(?:(?:dyn|mut|const|impl) )*/, "");
  return /^[A-Za-z_]\w*(?=(?:\[[0-9a-f]+\])?::)/.exec(start)?.[0] ?? "";
}

function crateOfStack(stack) {
  return stack.length === 0 ? "" : crateOf(data.frames.functions[data.frames.frames[stack[0]][0]]);
}

/** The path without the arguments of types, and its last two parts. */
function shortName(name) {
  let short = name.replace(/\{\{/g, "{").replace(/\}\}/g, "}");
  for (let before = ""; before !== short; ) {
    before = short;
    short = short.replace(/(\w|::)<[^<>]*>/g, "$1");
  }
  short = short.replace(/^<(.+?) as .+?>::/, "$1::").replace(/::(?=::)/g, "");
  return short.split("::").slice(-2).join("::");
}

/** What a search looks into. */
function haystack(...parts) {
  return parts.filter(Boolean).join("\n").toLowerCase();
}

const stackNames = (stack) => stack.map((number) => data.frames.functions[data.frames.frames[number][0]]).join("\n");

/** A finding with what follows from it. */
function describeFinding(finding, sweep, index) {
  return Object.assign(finding, {
    sweep,
    index,
    family: families.get(finding.kind) ?? "ends",
    crate: crateOfStack(finding.stack),
    requests: once(() => ranges(finding.at)),
    text: once(() => haystack(finding.kind, finding.message, sweep.name, finding.site, finding.plans,
      finding.returned, finding.afterwards, stackNames(finding.stack), stackNames(finding.died_at))),
  });
}

data.sweeps.forEach((sweep, index) => {
  sweep.index = index;
  sweep.findings.forEach((finding, place) => describeFinding(finding, sweep, place));
  sweep.cells = once(() => sweep.rows.map((row) => series(row.outcomes)));
  sweep.sitesOfCells = once(() => series(sweep.cell_sites));
  sweep.sizesOfCells = once(() => series(sweep.cell_sizes));
  for (const site of sweep.site_list) {
    Object.assign(site, {
      sweep,
      crate: crateOfStack(site.stack),
      findings: site.found.map((index) => sweep.findings[index]),
      text: once(() => haystack(site.id, sweep.name, stackNames(site.stack))),
    });
  }
});

const allFindings = data.sweeps.flatMap((sweep) => sweep.findings).sort((one, other) =>
  (one.status !== "new") - (other.status !== "new") ||
  severity.get(one.kind) - severity.get(other.kind) ||
  one.sweep.index - other.sweep.index || one.index - other.index);
const allSites = once(() => data.sweeps.flatMap((sweep) => sweep.site_list));

/** The worst of some findings: what makes the sweep fail comes first. */
function worst(findings) {
  return findings.reduce((worst, finding) => {
    if (worst === null) return finding;
    const rank = (one) => (one.status === "new" ? 0 : 1000) + severity.get(one.kind);
    return rank(finding) < rank(worst) ? finding : worst;
  }, null);
}

const grouped = (number) => number.toLocaleString("en");
const counted = (number, thing) => `${grouped(number)} ${thing}${number === 1 ? "" : "s"}`;

function percent(part, whole) {
  if (whole === 0) return "–";
  // Do not round 99.99 % up to 100 %.
  return `${Math.min(part === whole ? 100 : 99, Math.round((100 * part) / whole))} %`;
}

function bytes(number) {
  const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
  let unit = 0;
  while (number >= 1024 && unit < units.length - 1) {
    number /= 1024;
    unit += 1;
  }
  // From 1000 on, toPrecision would write an exponent.
  const text = unit === 0 || number >= 999.5 ? grouped(Math.round(number)) : number.toPrecision(3);
  return `${text} ${units[unit]}`;
}
