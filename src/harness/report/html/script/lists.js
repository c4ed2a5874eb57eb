// The lists of the page: sweeps at the side and as a table, findings, sites, changes, notes.

const chip = (finding) => el("span", { class: `chip family-${finding.family}${finding.status === "new" ? "" : " excused"}` }, finding.kind);

const siteButton = (id) => el("button", { type: "button", class: "site", title: "Show only this site",
  click: () => change({ site: state.site === id ? "" : id }) }, id);

const outcomes = ["error", "fail", "empty", "partial", "pass"];
const worstFirst = once(() => [...data.sweeps].sort((one, other) =>
  outcomes.indexOf(one.outcome) - outcomes.indexOf(other.outcome) || one.index - other.index));

function showSidebar(nav) {
  const entry = (sweep) => {
    const is = sweep === null ? state.sweep === null : state.sweep === sweep.index;
    const fresh = sweep === null ? data.sweeps.reduce((sum, one) => sum + one.new, 0) : sweep.new;
    return el("button", { type: "button", class: "entry", "data-sweep": sweep === null ? "all" : sweep.index,
      "aria-current": is ? "page" : null, title: sweep?.name, click: () => change({ sweep: sweep === null ? null : sweep.index, site: "" }) },
    el("span", { class: `dot ${sweep === null ? data.outcome : sweep.outcome}` }),
    el("span", { class: "name" }, sweep === null ? `All ${counted(data.sweeps.length, "sweep")}` : sweep.name || "(no name)"),
    fresh > 0 ? el("span", { class: "count" }, grouped(fresh)) : "");
  };
  nav.replaceChildren();
  if (data.sweeps.length < 2) return nav.classList.add("empty");
  nav.append(entry(null));
  const text = state.text;
  const wanted = worstFirst().filter((sweep) => text === "" || sweep.name.toLowerCase().includes(text) || sweep.findings.some((finding) => finding.text().includes(text)));
  const more = listed(nav, wanted, entry, 500);
  nav.append(more);
}

function showScope(section) {
  const sweep = data.sweeps[state.sweep];
  section.replaceChildren();
  if (sweep === undefined) return;
  const fact = (label, value) => (value ? el("div", {}, el("dt", {}, label), el("dd", {}, value)) : "");
  const failed = sweep.failed_requests === 0 && sweep.runs > 0 ? grouped(sweep.requests)
    : `${grouped(sweep.failed_requests)} of ${grouped(sweep.requests)} failed`;
  section.append(
    el("div", { class: "title" },
      data.sweeps.length > 1 ? el("button", { type: "button", class: "back", click: () => change({ sweep: null, site: "" }) }, "All sweeps") : "",
      el("span", { class: `verdict ${sweep.outcome}` }, sweep.outcome.toUpperCase()), el("h2", {}, sweep.name)),
    sweep.error ? el("p", { class: "harness-error" }, sweep.error) : "",
    el("dl", { class: "facts" },
      fact("requests", failed),
      fact("sites", sweep.failed_sites > 0 ? `${grouped(sweep.failed_sites)} of ${grouped(sweep.sites)}` : grouped(sweep.sites)),
      fact("runs", sweep.runs === sweep.plans ? grouped(sweep.runs) : `${grouped(sweep.runs)} of ${grouped(sweep.plans)}`),
      fact("findings", `${sweep.new} new${sweep.known ? `, ${sweep.known} known` : ""}${sweep.allowed ? `, ${sweep.allowed} allowed` : ""}`),
      fact("tolerated", sweep.tolerated ? counted(sweep.tolerated, "run") : ""),
      fact("cold", sweep.cold), fact("strategy", sweep.strategy), fact("isolation", sweep.executor), fact("shard", sweep.shard),
      fact("time", sweep.elapsed), fact("binary", sweep.binary), fact("commit", sweep.commit?.slice(0, 10))));
}

function showOverview(section) {
  section.hidden = state.sweep !== null || data.sweeps.length < 2;
  section.replaceChildren();
  if (section.hidden) return;
  const body = el("tbody", {});
  const seen = new IntersectionObserver((entries) => entries.filter((entry) => entry.isIntersecting).forEach((entry) => {
    drawStrip(entry.target, data.sweeps[entry.target.dataset.index], 168, 16);
    entry.target.dataset.drawn = "";
    seen.unobserve(entry.target);
  }), { rootMargin: "300px" });
  const row = (sweep) => {
    const strip = el("canvas", { "data-index": sweep.index, width: 168, height: 16 });
    seen.observe(strip);
    return el("tr", { class: "pick", click: () => change({ sweep: sweep.index, site: "" }) },
      el("td", {}, el("span", { class: `word ${sweep.outcome}` }, sweep.outcome.toUpperCase())),
      el("td", { class: "fn" }, el("a", { href: `#sweep=${encodeURIComponent(sweep.name)}`, click: (event) => event.preventDefault() }, sweep.name || "(no name)")),
      el("td", {}, strip),
      el("td", { class: "n" }, grouped(sweep.requests)),
      el("td", { class: "n" }, grouped(sweep.sites)),
      el("td", { class: "n" }, sweep.runs === sweep.plans ? grouped(sweep.runs) : `${grouped(sweep.runs)} of ${grouped(sweep.plans)}`),
      el("td", { class: "n" }, `${grouped(sweep.new)}/${grouped(sweep.new + sweep.known + sweep.allowed)}`),
      el("td", {}, sweep.executor),
      el("td", { class: "n" }, sweep.elapsed));
  };
  const wanted = worstFirst().filter(matchesSweep);
  const more = listed(body, wanted, row, 12);
  const heads = ["outcome", "sweep", "", "requests", "sites", "runs", "new/all", "isolation", "time"];
  section.append(el("div", { class: "head" }, el("h2", {}, "Sweeps"), el("span", { class: "quiet" }, grouped(wanted.length)), el("span", { class: "push" }), legend()),
    el("table", { class: "list" }, el("thead", {}, el("tr", {}, heads.map((head, index) => el("th", { class: index > 2 && index !== 7 ? "n" : "" }, head)))), body), more);
  drawings.set("overview", () => section.querySelectorAll("canvas[data-drawn]").forEach((canvas) => drawStrip(canvas, data.sweeps[canvas.dataset.index], 168, 16)));
}

function showFindings(section, findings) {
  const open = el("div", { class: "cards" });
  const more = listed(open, findings, findingCard, 100);
  const left = data.left_out > 0 ? el("p", { class: "quiet" }, `${counted(data.left_out, "finding")} left out of this page: the JSON report has them.`) : "";
  const none = el("p", { class: "quiet" }, isFiltered() ? "Nothing matches the filters." : "Nothing was found.");
  section.replaceChildren(el("div", { class: "head" }, el("h2", {}, "Findings"), el("span", { class: "quiet" }, grouped(findings.length))),
    findings.length === 0 ? none : open, more, left);
}

/** A finding: its head, and below it, once it is opened, all that there is to know. */
function findingCard(finding) {
  const card = el("details", { class: "finding", id: `f-${finding.sweep.index}-${finding.index}`, toggle: () => fill(card, finding) },
    el("summary", {}, chip(finding), el("span", { class: "message" }, finding.message),
      state.sweep === null ? el("span", { class: "in" }, finding.sweep.name) : "",
      el("span", { class: "runs" }, counted(finding.runs, "plan")),
      el("span", { class: `status ${finding.status}` }, finding.status)));
  card.finding = finding;
  return card;
}

function fill(card, finding) {
  if (!card.open || card.dataset.full !== undefined) return;
  card.dataset.full = "";
  card.append(findingBody(finding));
}

function findingBody(finding) {
  const field = (label, ...value) => (value.some(Boolean) ? [el("dt", {}, label), el("dd", {}, ...value)] : []);
  const line = (text) => el("div", { class: { "+": "plus", "-": "minus" }[text[0]] ?? "" }, text);
  return el("dl", { class: "body" },
    finding.message.length > 90 || finding.message.includes("\n") ? field("message", finding.message) : [],
    field("sweep", state.sweep === null ? el("button", { type: "button", class: "link", click: () => change({ sweep: finding.sweep.index, site: "" }) }, finding.sweep.name) : ""),
    field("plans", finding.plans),
    field("when", finding.when),
    field("failed", finding.request ? `request ${finding.request}` : "", finding.step ? `, in step ${finding.step}` : ""),
    finding.stack.length > 0 ? field("stack", stackTable(finding.stack)) : [],
    field("returned", finding.returned ? el("code", {}, finding.returned) : ""),
    finding.view.length > 0 ? field("view", el("div", { class: "diff" }, finding.view.map(line))) : [],
    finding.died_at.length > 0 ? field("died at", el("span", { class: "quiet" }, finding.died_at_is), stackTable(finding.died_at)) : [],
    field("afterwards", finding.afterwards),
    field("site", finding.site ? siteButton(finding.site) : ""),
    field("replay", finding.replay ? command(finding.replay) : ""));
}

const columns = [
  ["site", (site) => site.id], ["function", (site) => stackNames(site.stack.slice(0, 1))], ["sweep", (site) => site.sweep.name],
  ["requests", (site) => -site.requests], ["failed", (site) => site.failed / Math.max(1, site.requests)], ["bytes", (site) => -site.bytes],
  ["worst", (site) => { const one = worst(site.findings); return one === null ? 99 : severity.get(one.kind) + (one.status === "new" ? 0 : 50); }],
];

function showSites(section, sites) {
  section.hidden = allSites().length === 0;
  if (section.hidden) return;
  const by = columns.find(([name]) => name === state.order)[1];
  const sorted = sites.map((site) => [by(site), site]).sort(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0)).map(([, site]) => site);
  const shown = columns.filter(([name]) => name !== "sweep" || state.sweep === null);
  const body = el("tbody", {});
  const row = (site) => {
    const top = site.stack.length > 0 ? frame(site.stack[0]) : { name: "", place: "" };
    const one = worst(site.findings);
    return el("tr", { class: state.site === site.id ? "chosen" : "" },
      el("td", {}, siteButton(site.id)),
      el("td", { class: "fn", title: top.name }, shortName(top.name), el("span", { class: "place" }, ` ${top.place}`)),
      state.sweep === null ? el("td", { class: "in" }, site.sweep.name) : "",
      el("td", { class: "n" }, grouped(site.requests)),
      el("td", { class: "n" }, el("meter", { min: 0, max: Math.max(1, site.requests), value: site.failed, title: `${site.failed} of ${site.requests}` }), percent(site.failed, site.requests)),
      el("td", { class: "n" }, bytes(site.bytes)),
      el("td", {}, one === null ? el("span", { class: "quiet" }, site.failed > 0 ? "survived" : "never failed") : chip(one)));
  };
  const more = listed(body, sorted, row, 25);
  const kinds = { sweep: "in", requests: "n", failed: "n", bytes: "n" };
  const head = ([name]) => el("th", { class: kinds[name] ?? "", "aria-sort": name === state.order ? "ascending" : null },
    el("button", { type: "button", click: () => change({ order: name }) }, name));
  section.replaceChildren(el("div", { class: "head" }, el("h2", {}, "Sites"), el("span", { class: "quiet" }, grouped(sites.length))),
    el("table", { class: "list" }, el("thead", {}, el("tr", {}, shown.map(head))), body), more);
}

function showChange(section) {
  section.hidden = data.change === null || state.sweep !== null;
  if (section.hidden) return;
  const { totals, gone, fresh, sites, unswept } = { ...data.change, fresh: data.change.new };
  const of = (word, list, name) => list.map(([sweep, finding]) => {
    const described = finding.text ? finding : describeFinding(finding, { name: sweep, findings: [], index: -1 }, 0);
    const details = el("details", { class: `finding ${name}`, toggle: () => fill(details, described) },
      el("summary", {}, el("span", { class: `status ${name}` }, word), chip(described), el("span", { class: "message" }, described.message), el("span", { class: "in" }, sweep)));
    return details;
  });
  const plain = (word, sweep, text) => el("div", { class: "finding" }, el("div", { class: "plainrow" },
    el("span", { class: "status" }, word), el("span", { class: "message" }, text), el("span", { class: "in" }, sweep)));
  const others = [
    ...sites.map(([sweep, number, ids]) => plain("sites", sweep, `${counted(number, "new site")}${ids.length ? `: ${ids.join(", ")}${number > ids.length ? ", …" : ""}` : ""}`)),
    ...unswept.map((sweep) => plain("unswept", sweep, "not swept again in full: its old findings are not called gone"))];
  // Separate lists, so that gone findings do not follow a long list of new ones.
  const lists = [of("new", fresh, "new"), of("gone", gone, "gone"), others].filter((rows) => rows.length > 0);
  const shown = lists.flatMap((rows) => {
    const cards = el("div", { class: "cards" });
    return [cards, listed(cards, rows, (row) => row, 20)];
  });
  section.replaceChildren(el("div", { class: "head" }, el("h2", {}, "Since the other report"), el("span", { class: "quiet" }, totals)), ...shown);
}

function showNotes(section) {
  const sweep = data.sweeps[state.sweep];
  const has = sweep !== undefined && (sweep.notes.length > 0 || sweep.tolerances.length > 0);
  section.hidden = !has;
  if (!has) return;
  section.replaceChildren(el("div", { class: "head" }, el("h2", {}, "Notes")),
    el("ul", {}, sweep.notes.map((note) => el("li", {}, note)),
      sweep.tolerances.map(([what, matched]) => el("li", {}, el("code", {}, what), matched ? " matched" : " matched nothing"))));
}
