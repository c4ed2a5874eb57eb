// Every request of one sweep: a row for each pass, with the worst result by colour and height. The
// canvas has the size of the visible part, so a hundred thousand requests cost no more than a few.

const ROW = 22, AXIS = 20, SIZES = 34, WIDEST = 16;

/** The family of a cell, for its colour, and whether a known file or `allow` excuses it. */
function lookOf(code, sweep) {
  if (code < FOUND) return { name: code === SURVIVED ? "survived" : "untouched", excused: false };
  const finding = sweep.findings[code - FOUND];
  return { name: finding?.family ?? "ends", excused: finding !== undefined && finding.status !== "new" };
}

/** The pixel at which a cell begins. A cell ends where the next begins, and never before. */
const pixelOf = (cell, { from, scale }) => Math.round((cell - from) * scale);

/** The first of the cells that this pixel shows. */
function cellOf(pixel, span) {
  let cell = Math.floor(span.from + pixel / span.scale);
  while (pixelOf(cell + 1, span) <= pixel) cell++;
  while (pixelOf(cell, span) > pixel) cell--;
  while (pixelOf(cell - 1, span) === pixelOf(cell, span)) cell--;
  return cell;
}

/** Groups the cells that are seen: `use` gets the first cell, the end, and their pixels. Each cell is in one group;
 *  it shares its pixel with others only if cells are narrower than a pixel. */
function eachGroup(span, count, width, use) {
  const end = Math.min(count, Math.ceil(span.from + width / span.scale));
  for (let first = Math.max(0, Math.floor(span.from)); first < end; ) {
    const start = pixelOf(first, span);
    let next = first + 1;
    while (next < end && pixelOf(next, span) === start) next++;
    use(first, next, start, pixelOf(next, span));
    first = next;
  }
}

/** The height of a bar of requests that were failed and survived. */
const survivedHeight = (height, share) => Math.max(2, Math.round(height * (0.2 + 0.32 * share)));

/** Draws the cells of one row from `span.from` on as bars; those that share a pixel become one, of the worst result. */
function drawCells(pen, cells, sweep, { span, width, top, height, apart }) {
  const rank = (code) => (code < FOUND ? code : lookOf(code, sweep).excused ? 2 : 1e9 - code);
  const gap = apart && span.scale >= 4 ? 1 : 0;
  const bars = [];
  eachGroup(span, cells.length, width, (first, end, start, next) => {
    let code = UNTOUCHED, failed = 0;
    for (let cell = first; cell < end; cell++) {
      if (rank(cells[cell]) > rank(code)) code = cells[cell];
      failed += cells[cell] !== UNTOUCHED;
    }
    const tall = code >= FOUND ? height : code === SURVIVED ? survivedHeight(height, failed / (end - first)) : Math.max(2, Math.round(height * 0.12));
    bars.push({ code, start, wide: Math.max(1, next - start - gap), tall });
  });
  // A narrow finding gets a wider head, above the bars of its neighbours, so that it is seen.
  const head = height - survivedHeight(height, 1);
  for (const { code, start, wide } of bars) if (code >= FOUND && wide < 3) fill(code, start - 1, 3, 0, head);
  for (const { code, start, wide, tall } of bars) fill(code, start, wide, height - tall, tall);
  pen.globalAlpha = 1;

  function fill(code, x, wide, y, tall) {
    const { name, excused } = lookOf(code, sweep);
    pen.fillStyle = colour(name);
    pen.globalAlpha = excused ? 0.45 : 1;
    // What lies below does not shine through.
    pen.clearRect(x, top + y, wide, tall);
    pen.fillRect(x, top + y, wide, tall);
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
      { span: { from: 0, scale: width / Math.max(cells.length, 24) }, width, top: index * each, height: Math.max(2, each - 1), apart: false });
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
    const span = { from, scale };
    rows.forEach((cells, index) => drawCells(pen, cells, sweep,
      { span, width, top: index * ROW + 2, height: ROW - 5, apart: true }));
    if (view.sizes) drawSizes(pen, sweep, { span, width, top: rows.length * ROW });
    drawAxis(pen, sweep, { from, to, scale, width, top: height() - AXIS });
    if (view.chosen !== null) {
      const [start, end] = [pixelOf(view.chosen, span), pixelOf(view.chosen + 1, span)];
      pen.strokeStyle = colour("ink");
      pen.lineWidth = 1;
      pen.strokeRect(start - 0.5, 0.5, Math.max(3, end - start) + 1, rows.length * ROW - 1);
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

  /** The cell below the pointer. Of several in a pixel it is the first with a finding, or else the first. */
  const cellAt = (event) => {
    const span = range();
    const pixel = Math.floor(event.clientX - box.getBoundingClientRect().left);
    const first = Math.min(count - 1, Math.max(0, cellOf(pixel, span)));
    for (let cell = first; cell < count && pixelOf(cell, span) <= pixel; cell++) {
      if (rows.some((row) => row[cell] >= FOUND)) return cell;
    }
    return first;
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

function drawSizes(pen, sweep, { span, width, top }) {
  const sizes = sweep.sizesOfCells();
  const most = Math.log2(2 + sizes.reduce((most, size) => Math.max(most, size), 0));
  pen.fillStyle = colour("size");
  eachGroup(span, sizes.length, width, (first, end, start, next) => {
    let size = 0;
    for (let cell = first; cell < end; cell++) size = Math.max(size, sizes[cell]);
    const tall = Math.max(1, (SIZES - 6) * (Math.log2(1 + size) / most));
    pen.fillRect(start, top + SIZES - 2 - tall, Math.max(1, next - start), tall);
  });
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
