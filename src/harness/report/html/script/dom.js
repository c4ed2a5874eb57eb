// Elements, the clipboard, light and dark, colours for canvases. Texts of reports become text
// nodes here and nothing else.

const $ = (id) => document.getElementById(id);

/** An element. Attributes that are functions are listeners; children that are no nodes are text. */
function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

function say(text) {
  $("said").textContent = text;
  clearTimeout(say.timer);
  say.timer = setTimeout(() => ($("said").textContent = ""), 1600);
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // A page opened from a file may have no clipboard.
    const area = el("textarea", { class: "offscreen" });
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
  say("Copied");
}

/** A command, and the button that copies it. */
function command(text) {
  return el("div", { class: "command" },
    el("code", {}, text),
    el("button", { type: "button", class: "copy", title: "Copy (c)", click: () => copy(text) }, "Copy"));
}

const bySystem = matchMedia("(prefers-color-scheme: dark)");

function theme() {
  return document.documentElement.dataset.theme ?? (bySystem.matches ? "dark" : "light");
}

function setTheme(name) {
  document.documentElement.dataset.theme = name;
  try {
    localStorage.setItem("oom-sweep-theme", name);
  } catch {
    // Without storage, the choice is not kept.
  }
  redrawColours();
}

try {
  const kept = localStorage.getItem("oom-sweep-theme");
  if (kept === "light" || kept === "dark") document.documentElement.dataset.theme = kept;
} catch {
  // There is no storage.
}

/** What has to be drawn again when colours or widths change. */
const drawings = new Map();
let colours = new Map();

function redrawColours() {
  colours = new Map();
  drawings.forEach((draw) => draw());
}
bySystem.addEventListener("change", redrawColours);

/** A colour of the style sheet, as canvases want it. */
function colour(name) {
  if (!colours.has(name)) {
    const probe = el("i", { hidden: true });
    probe.style.color = `var(--${name})`;
    document.body.append(probe);
    colours.set(name, getComputedStyle(probe).color);
    probe.remove();
  }
  return colours.get(name);
}

/** A context that draws in CSS pixels, on a canvas of this size. */
function context(canvas, width, height) {
  const ratio = devicePixelRatio || 1;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  const pen = canvas.getContext("2d");
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, width, height);
  return pen;
}

function tip(event, ...lines) {
  const box = $("tip");
  if (lines.length === 0) {
    box.hidden = true;
    return;
  }
  box.replaceChildren(...lines.map((line) => el("div", {}, line)));
  box.hidden = false;
  const { width, height } = box.getBoundingClientRect();
  box.style.left = `${Math.max(4, Math.min(event.clientX + 12, innerWidth - width - 8))}px`;
  box.style.top = `${event.clientY + 16 + height > innerHeight ? event.clientY - height - 10 : event.clientY + 16}px`;
}

/** A stack as a table: number, function, place. */
function stackTable(stack) {
  const row = (number, index) => {
    const { name, place } = frame(number);
    return el("tr", {}, el("td", { class: "n" }, String(index)), el("td", { class: "fn" }, name),
      el("td", { class: "place" }, place));
  };
  return el("table", { class: "stack" }, el("tbody", {}, stack.map(row)));
}

/** The first items of a list, and a button for more of them. */
function listed(box, items, draw, step) {
  let shown = 0;
  const more = el("button", { type: "button", class: "more", click: () => show() });
  function show() {
    const next = items.slice(shown, shown + step);
    box.append(...next.map(draw));
    shown += next.length;
    more.hidden = shown === items.length;
    more.textContent = `Show ${grouped(Math.min(step, items.length - shown))} more of ${grouped(items.length - shown)}`;
  }
  show();
  return more;
}
