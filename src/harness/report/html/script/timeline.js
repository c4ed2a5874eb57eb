// Every request of one sweep: a row for each pass, with the worst result by colour and height. The
// canvas has the size of the visible part, so a hundred thousand requests cost no more than a few.

const ROW = 22, AXIS = 20, SIZES = 34, WIDEST = 16;

/** The family of a cell, for its colour, and whether a known file or `allow` excuses it. */
function lookOf(code, sweep) {
  if (code < FOUND) return { name: code === SURVIVED ? "survived" : "untouched", excused: false };
  const finding = sweep.findings[code - FOUND];
  return { name: finding?.family ?? "ends", excused: finding !== undefined && finding.status !== "new" };
}

/** Draws the cells of one row between `from` and `to` as bars; several in a pixel become one. */
function drawCells(pen, cells, sweep, { from, to, left, width, top, height, apart }) {
  const scale = width / (to - from);
  const rank = (code) => (code < FOUND ? code : lookOf(code, sweep).excused ? 2 : 1e9 - code);
  const gap = apart && scale >= 4 ? 1 : 0;
  const found = [];
  for (let pixel = 0; pixel < width; ) {
    const first = Math.floor(from + pixel / scale);
    if (first >= cells.length) break;
    const end = Math.max(first + 1, Math.min(Math.ceil(from + (pixel + 1) / scale), cells.length));
    let code = UNTOUCHED, failed = 0;
    for (let cell = first; cell < end; cell++) {
      if (rank(cells[cell]) > rank(code)) code = cells[cell];
      failed += cells[cell] !== UNTOUCHED;
    }
    const start = scale >= 1 ? Math.round((first - from) * scale) : pixel;
    const next = scale >= 1 ? Math.round((first + 1 - from) * scale) : pixel + 1;
    const share = code >= FOUND ? 1 : code === SURVIVED ? 0.2 + 0.32 * (failed / (end - first)) : 0.12;
    const bar = { code, start, wide: Math.max(1, next - start - gap), tall: Math.max(2, Math.round(height * share)) };
    if (code >= FOUND) found.push(bar);
    else drawBar(bar);
    pixel = Math.max(pixel + 1, next);
  }
  // Draw these last: they are wide enough to be seen.
  found.forEach(drawBar);
  pen.globalAlpha = 1;

  function drawBar({ code, start, wide, tall }) {
    const { name, excused } = lookOf(code, sweep);
    pen.fillStyle = colour(name);
    pen.globalAlpha = excused ? 0.45 : 1;
    const least = code >= FOUND ? 3 : 1;
    pen.fillRect(left + (wide < least ? start - 1 : start), top + height - tall, Math.max(least, wide), tall);
  }
}

/** A small picture of all of a sweep's rows, for tables. */
function drawStrip(canvas, sweep, width, height) {
  const pen = context(canvas, width, height);
  const rows = sweep.cells();
  const each = Math.floor(height / Math.max(1, rows.length));
  rows.forEach((cells, index) => {
    if (cells.length === 0) return;
    drawCells(pen, cells, sweep,
      { from: 0, to: Math.max(cells.length, 24), left: 0, width, top: index * each, height: Math.max(2, each - 1), apart: false });
  });
}

/** The timeline of a sweep, with its box for the request that is chosen. */
function showTimeline(section, sweep) {
  const rows = sweep.cells();
  const count = Math.max(1, ...rows.map((row) => row.length));
  const view = { zoom: 1, chosen: null, sizes: false };
  const canvas = el("canvas", {});
  const spacer = el("div", { class: "spacer" });
  const box = el("div", { class: "strip", tabindex: 0, role: "application",
    "aria-label": `Requests of ${sweep.name}. Arrow keys go from request to request, with Shift from finding to finding.` },
    spacer, canvas);
  const detail = el("div", { class: "request", "aria-live": "polite" });
  const names = el("div", { class: "rows" });

  const visible = () => box.clientWidth;
  const most = () => Math.max(1, (WIDEST * count) / visible());
  const whole = () => Math.max(visible(), Math.round(visible() * view.zoom));
  const range = () => {
    const scale = whole() / count;
    return { from: box.scrollLeft / scale, to: (box.scrollLeft + visible()) / scale, scale };
  };
  const height = () => rows.length * ROW + (view.sizes ? SIZES : 0) + AXIS;

  function draw() {
    const width = visible();
    if (width === 0) return;
    spacer.style.width = `${whole()}px`;
    box.style.height = `${height() + (view.zoom > 1 ? 14 : 0)}px`;
    const pen = context(canvas, width, height());
    const { from, to, scale } = range();
    rows.forEach((cells, index) => drawCells(pen, cells, sweep,
      { from, to, left: 0, width, top: index * ROW + 2, height: ROW - 5, apart: true }));
    if (view.sizes) drawSizes(pen, sweep, { from, scale, width, top: rows.length * ROW });
    drawAxis(pen, sweep, { from, to, scale, width, top: height() - AXIS });
    if (view.chosen !== null) {
      const x = (view.chosen - from) * scale;
      pen.strokeStyle = colour("ink");
      pen.lineWidth = 1;
      pen.strokeRect(Math.round(x) - 0.5, 0.5, Math.max(3, Math.round(scale)) + 1, rows.length * ROW - 1);
    }
  }

  function zoomTo(zoom, at = visible() / 2) {
    const before = (box.scrollLeft + at) / whole();
    view.zoom = Math.max(1, Math.min(zoom, most()));
    spacer.style.width = `${whole()}px`;
    box.scrollLeft = before * whole() - at;
    draw();
  }

  function choose(cell, { follow } = { follow: true }) {
    view.chosen = Math.max(0, Math.min(cell, count - 1));
    if (follow) {
      const { from, to, scale } = range();
      if (view.chosen < from || view.chosen >= to) box.scrollLeft = (view.chosen + 0.5) * scale - visible() / 2;
    }
    detail.replaceChildren(...requestDetail(sweep, view.chosen));
    draw();
  }

  const cellAt = (event) => {
    const { from, scale } = range();
    return Math.min(count - 1, Math.max(0, Math.floor(from + (event.clientX - box.getBoundingClientRect().left) / scale)));
  };

  function nextFinding(step) {
    for (let cell = (view.chosen ?? (step > 0 ? -1 : count)) + step; cell >= 0 && cell < count; cell += step) {
      if (rows.some((row) => row[cell] >= FOUND)) return cell;
    }
    return view.chosen ?? 0;
  }

  box.addEventListener("scroll", draw);
  box.addEventListener("click", (event) => choose(cellAt(event), { follow: false }));
  box.addEventListener("mousemove", (event) => tip(event, ...cellTip(sweep, cellAt(event))));
  box.addEventListener("mouseleave", () => tip());
  box.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    zoomTo(view.zoom * Math.exp(-event.deltaY / 300), event.clientX - box.getBoundingClientRect().left);
  }, { passive: false });
  box.addEventListener("keydown", (event) => {
    const chosen = view.chosen ?? 0;
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step && event.shiftKey) choose(nextFinding(step));
    else if (step) choose(view.chosen === null ? 0 : chosen + step);
    else if (event.key === "Home") choose(0);
    else if (event.key === "End") choose(count - 1);
    else if (event.key === "+" || event.key === "=") zoomTo(view.zoom * 2);
    else if (event.key === "-") zoomTo(view.zoom / 2);
    else if (event.key === "0") zoomTo(1);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });

  function label() {
    names.replaceChildren(
      ...sweep.rows.map((row) => el("div", { class: "row" }, row.after, row.temperature === "cold" ? el("em", {}, " cold") : null)),
      view.sizes ? el("div", { class: "row sizes" }, "size, log") : "");
  }
  const sizes = el("input", { type: "checkbox", change: () => {
    view.sizes = sizes.checked;
    label();
    draw();
  } });
  const button = (text, title, click) => el("button", { type: "button", title, "aria-label": title, click }, text);
  section.hidden = false;
  label();
  section.replaceChildren(
    el("div", { class: "head" },
      el("h2", {}, "Requests"),
      sweep.per > 1 ? el("span", { class: "quiet" }, `${grouped(sweep.per)} to a cell`) : "",
      legend(),
      el("span", { class: "push" }),
      sweep.cell_sizes === "" ? "" : el("label", { class: "check" }, sizes, "sizes"),
      el("span", { class: "group" }, button("−", "Zoom out (-)", () => zoomTo(view.zoom / 2)),
        button("Fit", "All requests (0)", () => zoomTo(1)), button("+", "Zoom in (+)", () => zoomTo(view.zoom * 2)))),
    el("div", { class: "lanes" }, names, box),
    detail);
  drawings.set("timeline", draw);
  draw();
  const first = nextFinding(1);
  choose(first, { follow: false });
}

function legend() {
  const entry = (name, text) => el("span", { class: `key family-${name}` }, text);
  return el("span", { class: "legend" }, entry("untouched", "not failed"), entry("survived", "survived"),
    entry("leak", "leaked"), entry("error", "wrong result"), entry("state", "wrong state"), entry("ends", "died"));
}

function drawSizes(pen, sweep, { from, scale, width, top }) {
  const sizes = sweep.sizesOfCells();
  const most = Math.log2(2 + sizes.reduce((most, size) => Math.max(most, size), 0));
  pen.fillStyle = colour("size");
  for (let pixel = 0; pixel < width; pixel++) {
    const first = Math.floor(from + pixel / scale);
    const end = Math.max(first + 1, Math.ceil(from + (pixel + 1) / scale));
    let size = -1;
    for (let cell = first; cell < Math.min(end, sizes.length); cell++) size = Math.max(size, sizes[cell]);
    if (size < 0) continue;
    const tall = Math.max(1, (SIZES - 6) * (Math.log2(1 + size) / most));
    pen.fillRect(pixel, top + SIZES - 2 - tall, 1, tall);
  }
}

function drawAxis(pen, sweep, { from, to, scale, width, top }) {
  pen.strokeStyle = colour("line");
  pen.fillStyle = colour("quiet");
  pen.font = "11px ui-monospace, monospace";
  pen.beginPath();
  pen.moveTo(0, top + 0.5);
  pen.lineTo(width, top + 0.5);
  const target = 90 / scale;
  const power = 10 ** Math.floor(Math.log10(Math.max(1, target)));
  const step = Math.max(1, [1, 2, 5, 10].map((n) => n * power).find((n) => n >= target) ?? target);
  for (let cell = Math.ceil(from / step) * step; cell < to; cell += step) {
    const x = Math.round((cell - from) * scale) + 0.5;
    const text = grouped(cell * sweep.per);
    if (x + pen.measureText(text).width + 6 > width) break;
    pen.moveTo(x, top);
    pen.lineTo(x, top + 5);
    pen.fillText(text, x + 3, top + 13);
  }
  pen.stroke();
}

const outcomeText = (code, sweep) => {
  if (code === undefined) return "no such request";
  if (code < FOUND) return code === SURVIVED ? "survived" : "not failed";
  return sweep.findings[code - FOUND]?.kind ?? "a finding that only the JSON report has";
};

function cellName(sweep, cell) {
  const first = cell * sweep.per;
  return sweep.per === 1 ? `request ${grouped(first)}` : `requests ${grouped(first)} to ${grouped(first + sweep.per - 1)}`;
}

function cellTip(sweep, cell) {
  const size = sweep.sizesOfCells()[cell];
  const site = sweep.site_list[sweep.sitesOfCells()[cell]];
  const rows = sweep.rows.map((row, index) =>
    `${row.after}${row.temperature === "cold" ? " cold" : ""}: ${outcomeText(sweep.cells()[index][cell], sweep)}`);
  const where = site && site.stack.length > 0 ? shortName(frame(site.stack[0]).name) : "";
  return [`${cellName(sweep, cell)}${size === undefined ? "" : `, ${bytes(size)}`}`, where, ...rows].filter(Boolean);
}

/** What is known of one request: each pass, its stack, what was found, how to see it again. */
function requestDetail(sweep, cell) {
  if (sweep.requests === 0 && sweep.rows.every((row) => row.requests === 0)) return [];
  const number = cell * sweep.per;
  const size = sweep.sizesOfCells()[cell];
  const site = sweep.site_list[sweep.sitesOfCells()[cell]];
  const found = sweep.findings.filter((finding) =>
    finding.requests().some(([first, last]) => first < number + sweep.per && last >= number));
  const cells = sweep.cells();
  const passes = sweep.rows.map((row, index) => {
    const code = cells[index][cell];
    if (code === undefined) return null;
    return el("span", { class: `outcome family-${lookOf(code, sweep).name}` },
      el("b", {}, `${row.after}${row.temperature === "cold" ? " cold" : ""}`), ` ${outcomeText(code, sweep)}`);
  });
  const name = cellName(sweep, cell);
  const stack = site && site.stack.length > 0 ? site.stack : (found[0]?.stack ?? []);
  const plan = `nth:${number}/${sweep.rows[0]?.after ?? "succeed"}`;
  const replay = found[0]?.replay || (sweep.replay && sweep.per === 1 ? sweep.replay.join(plan) : "");
  return [
    el("div", { class: "line" },
      el("h3", {}, name[0].toUpperCase() + name.slice(1)),
      found[0]?.request ? el("span", {}, found[0].request.replace(/^\d+: /, "")) : size === undefined ? "" : el("span", {}, bytes(size)),
      site ? siteButton(site.id) : "", passes),
    found.map((finding) => el("div", { class: "line" }, chip(finding),
      el("button", { type: "button", class: "link", click: () => openFinding(finding) }, finding.message),
      finding.afterwards ? el("span", { class: "quiet" }, `afterwards: ${finding.afterwards}`) : "")),
    stack.length > 0 ? stackTable(stack) : el("p", { class: "quiet" }, "The report has no call stack of this request."),
    replay ? command(replay) : "",
  ].flat();
}
