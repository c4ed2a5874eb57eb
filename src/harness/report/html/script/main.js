// The selection, what it shows, and the keys.

const state = { sweep: data.sweeps.length === 1 ? 0 : null, text: "", kinds: new Set(), status: "", crate: "", site: "", order: "worst" };

const isFiltered = () => state.text !== "" || state.kinds.size > 0 || state.status !== "" || state.crate !== "" || state.site !== "";
const inScope = (sweep) => state.sweep === null || sweep.index === state.sweep;

function matchesFinding(finding) {
  return inScope(finding.sweep) && (state.kinds.size === 0 || state.kinds.has(finding.kind)) &&
    (state.status === "" || finding.status === state.status) &&
    (state.crate === "" || finding.crate === state.crate) && (state.site === "" || finding.site === state.site) &&
    (state.text === "" || finding.text().includes(state.text));
}

function matchesSite(site) {
  if (!inScope(site.sweep) || (state.site !== "" && site.id !== state.site) || (state.crate !== "" && site.crate !== state.crate)) return false;
  if (state.text !== "" && !site.text().includes(state.text) && !site.findings.some((finding) => finding.text().includes(state.text))) return false;
  const narrow = state.kinds.size > 0 || state.status !== "";
  return !narrow || site.findings.some((finding) =>
    (state.kinds.size === 0 || state.kinds.has(finding.kind)) && (state.status === "" || finding.status === state.status));
}

function matchesSweep(sweep) {
  return !isFiltered() || sweep.findings.some(matchesFinding) || sweep.site_list.some(matchesSite) ||
    (state.text !== "" && state.kinds.size === 0 && sweep.name.toLowerCase().includes(state.text));
}

function showTop() {
  const { outcome, sweeps } = data;
  const sum = (value) => sweeps.reduce((sum, sweep) => sum + value(sweep), 0);
  const figure = (value, label, name) => el("div", { class: name ?? "" }, el("dd", {}, value), el("dt", {}, label));
  const [fresh, known] = [sum((sweep) => sweep.new), sum((sweep) => sweep.known + sweep.allowed)];
  const [failed, requests] = [sum((sweep) => sweep.failed_requests), sum((sweep) => sweep.requests)];
  $("verdict").className = `verdict ${outcome}`;
  $("verdict").textContent = outcome.toUpperCase();
  document.title = `${outcome.toUpperCase()}: ${counted(fresh, "new finding")}, oom-sweep`;
  const millis = sum((sweep) => sweep.elapsed_ms);
  const time = sweeps.length === 1 ? sweeps[0].elapsed : millis < 1000 ? `${Math.round(millis)} ms` : `${(millis / 1000).toFixed(1)} s`;
  $("figures").replaceChildren(
    figure(grouped(fresh), fresh === 1 ? "new finding" : "new findings", fresh > 0 ? "bad" : ""),
    known > 0 ? figure(grouped(known), "known") : "",
    sweeps.length === 1 ? "" : figure(grouped(sweeps.length), "sweeps"),
    figure(grouped(requests), "requests"),
    failed > 0 ? figure(percent(failed, requests), "failed") : "",
    figure(grouped(sum((sweep) => sweep.sites)), "sites"),
    figure(grouped(sum((sweep) => sweep.runs)), "runs"),
    figure(time, "swept"));
}

function showFilters(section) {
  const scoped = allFindings.filter((finding) => inScope(finding.sweep));
  const kinds = Map.groupBy(scoped, (finding) => finding.kind);
  const toggle = (kind) => {
    const chosen = new Set(state.kinds);
    if (!chosen.delete(kind)) chosen.add(kind);
    change({ kinds: chosen });
  };
  const names = [...kinds.keys()].sort((one, other) => severity.get(one) - severity.get(other));
  const statuses = ["new", "known", "allowed"].filter((name) => scoped.some((finding) => finding.status === name) || state.status === name);
  const crates = [...new Set([...scoped.map((finding) => finding.crate), ...allSites().filter((site) => inScope(site.sweep)).map((site) => site.crate)])].filter(Boolean).sort();
  const choice = (name, text) => el("button", { type: "button", "aria-pressed": String(state.status === name), "data-status": name, click: () => change({ status: name }) }, text);
  const select = el("select", { "aria-label": "Crate", change: (event) => change({ crate: event.target.value }) },
    el("option", { value: "" }, "every crate"), crates.map((name) => el("option", { value: name, selected: name === state.crate }, name)));
  section.replaceChildren(
    el("span", { class: "kinds" }, names.map((kind) => el("button", { type: "button", class: `kind family-${families.get(kind)}`, "data-kind": kind,
      "aria-pressed": String(state.kinds.has(kind)), click: () => toggle(kind) }, kind, el("b", {}, grouped(kinds.get(kind).length))))),
    el("span", { class: "push" }),
    statuses.length > 1 || state.status !== "" ? el("span", { class: "group" }, choice("", "all"), statuses.map((name) => choice(name, name))) : "",
    crates.length > 1 ? select : "",
    state.site !== "" ? el("span", { class: "group" }, el("button", { type: "button", "aria-pressed": "true", click: () => change({ site: "" }) }, `site ${state.site} ×`)) : "",
    isFiltered() ? el("button", { type: "button", id: "clear", title: "Clear (Esc)", click: clear }, "Clear") : "");
  section.hidden = section.textContent === "";
}

function clear() {
  $("search").value = "";
  change({ text: "", kinds: new Set(), status: "", crate: "", site: "" });
}

/** Changes what is chosen, and shows it. */
function change(changes) {
  const isMove = "sweep" in changes && changes.sweep !== state.sweep;
  Object.assign(state, changes);
  if (isMove) {
    const name = data.sweeps[state.sweep]?.name;
    const hash = name === undefined ? "" : `#sweep=${encodeURIComponent(name)}`;
    try {
      history.replaceState(null, "", hash || location.pathname + location.search);
    } catch {
      // The browser may refuse to change this page's history.
    }
    scrollTo(0, 0);
  }
  show({ anew: isMove });
}

function show({ anew }) {
  tip();
  drawings.delete("overview");
  const findings = allFindings.filter(matchesFinding);
  const sites = allSites().filter(matchesSite);
  showSidebar($("sweeps"));
  document.querySelector("#sweeps [aria-current]")?.scrollIntoView({ block: "nearest" });
  if (anew) {
    showScope($("scope"));
    showChange($("change"));
    const sweep = data.sweeps[state.sweep];
    $("timeline").hidden = true;
    drawings.delete("timeline");
    if (sweep !== undefined && sweep.rows.some((row) => row.requests > 0)) showTimeline($("timeline"), sweep);
    showNotes($("notes"));
  }
  showOverview($("overview"));
  showFilters($("filters"));
  showFindings($("findings"), findings);
  const scoped = state.text === "" ? sites : allSites().filter((site) => inScope(site.sweep));
  showFlame($("flame"), scoped, state.text === "" ? null : (name) => name.toLowerCase().includes(state.text));
  showSites($("sites"), sites);
}

/** Shows a finding, opened, wherever it stands. */
function openFinding(finding) {
  const id = `f-${finding.sweep.index}-${finding.index}`;
  if (!$(id)) clear();
  const card = $(id);
  if (!card) return;
  card.open = true;
  card.querySelector("summary").focus();
  card.scrollIntoView({ block: "start" });
}

function step(by) {
  const cards = [...document.querySelectorAll("#findings .finding")];
  const at = cards.indexOf(document.activeElement?.closest(".finding"));
  const next = cards[Math.max(0, Math.min(cards.length - 1, at < 0 ? 0 : at + by))];
  next?.querySelector("summary").focus();
}

function stepSweep(by) {
  const entries = [...document.querySelectorAll("#sweeps .entry")];
  const at = entries.findIndex((entry) => entry.hasAttribute("aria-current"));
  entries[at + by]?.click();
}

const keys = [
  ["/", "search", () => $("search").focus()],
  ["j", "next finding", () => step(1)],
  ["k", "previous finding", () => step(-1)],
  ["Enter", "open or close the finding", null],
  ["c", "copy the replay command", () => {
    const open = document.activeElement?.closest(".finding")?.finding ?? document.querySelector("#findings .finding[open]")?.finding ?? allFindings.find(matchesFinding);
    if (open) copy(open.replay);
  }],
  ["]", "next sweep", () => stepSweep(1)],
  ["[", "previous sweep", () => stepSweep(-1)],
  ["r", "go to the requests; the arrow keys move by one, with Shift to the next finding", () => document.querySelector("#timeline .strip")?.focus()],
  ["f", "go to the flame graph; move with the arrow keys, Enter and Backspace", () => document.querySelector("#flame canvas")?.focus()],
  ["t", "switch between light and dark", () => setTheme(theme() === "dark" ? "light" : "dark")],
  ["Esc", "clear filters", null],
  ["?", "show these keys", () => $("help").showModal()],
];

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || $("help").open) return;
  const isTyping = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName) && event.target.type !== "checkbox";
  if (event.key === "Escape") {
    document.activeElement?.blur();
    if (isFiltered()) clear();
  } else if (!isTyping) {
    const key = keys.find(([name, , run]) => name === event.key && run !== null);
    if (key) {
      event.preventDefault();
      key[2]();
    }
  }
});

$("search").addEventListener("input", (event) => {
  clearTimeout(change.timer);
  change.timer = setTimeout(() => change({ text: event.target.value.trim().toLowerCase() }), 60);
});
$("theme").addEventListener("click", () => setTheme(theme() === "dark" ? "light" : "dark"));
$("keys").addEventListener("click", () => $("help").showModal());
$("help").append(el("h2", {}, "Keys"), el("dl", {}, keys.map(([key, text]) => [el("dt", {}, el("kbd", {}, key)), el("dd", {}, text)])),
  el("form", { method: "dialog" }, el("button", {}, "Close")),
  el("p", { class: "quiet" }, `${data.tool.name} ${data.tool.version}`));
// The place changes without the window too, when a scroll bar appears.
new ResizeObserver(() => drawings.forEach((draw) => draw())).observe($("main"));

// Open everything for printing.
let opened = [];
addEventListener("beforeprint", () => {
  opened = [...document.querySelectorAll("#findings .finding:not([open])")];
  opened.forEach((card) => {
    card.open = true;
    fill(card, card.finding);
  });
});
addEventListener("afterprint", () => opened.forEach((card) => (card.open = false)));

const named = /^#sweep=(.*)$/.exec(location.hash);
if (named) {
  let name = named[1];
  try {
    name = decodeURIComponent(name);
  } catch {
    // An invalid name is used as it is.
  }
  const sweep = data.sweeps.find((sweep) => sweep.name === name);
  if (sweep) state.sweep = sweep.index;
}
showTop();
show({ anew: true });
const first = document.querySelector("#findings .finding");
if (first) first.open = true;
