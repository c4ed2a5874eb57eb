// A flame graph of requests by call stack, with the outermost call at the top. A call is as wide as
// its number of requests, and has the colour of its worst finding.

const BAR = 19;

/** The tree of calls of some sites. */
function callTree(sites) {
  const root = { name: "all requests", requests: 0, failed: 0, bytes: 0, worst: null, own: null, children: new Map(), parent: null };
  for (const site of sites) {
    if (site.requests === 0) continue;
    const found = worst(site.findings);
    let node = root;
    take(node, site, found);
    for (let depth = site.stack.length - 1; depth >= 0; depth--) {
      const name = data.frames.functions[data.frames.frames[site.stack[depth]][0]];
      if (!node.children.has(name)) {
        node.children.set(name,
          { name, requests: 0, failed: 0, bytes: 0, worst: null, own: null, children: new Map(), parent: node });
      }
      node = node.children.get(name);
      take(node, site, found);
    }
    // Callers are paler than the call of the finding.
    if (found !== null) node.own = node.own === null ? found : worst([node.own, found]);
  }
  return root;
}

function take(node, site, found) {
  node.requests += site.requests;
  node.failed += site.failed;
  node.bytes += site.bytes;
  if (found !== null) node.worst = node.worst === null ? found : worst([node.worst, found]);
}

function showFlame(section, sites, matches) {
  const root = callTree(sites);
  section.hidden = root.requests === 0;
  drawings.delete("flame");
  if (section.hidden) return;
  const state = { top: root, chosen: root, boxes: [], node: null };
  const canvas = el("canvas", { tabindex: 0, role: "application",
    "aria-label": "Flame graph. Arrow keys go from call to call, Enter enlarges, Backspace goes back." });
  const about = el("div", { class: "about", "aria-live": "polite" });

  function look(node) {
    if (node.worst !== null) return { name: node.worst.family, pale: node.own === null || node.own.status !== "new" };
    return { name: node.failed > 0 ? "calm" : "untouched", pale: false };
  }

  function draw() {
    const width = section.clientWidth;
    if (width === 0) return;
    const boxes = [];
    layOut(state.top, 0, width, ancestors(state.top).length, boxes);
    ancestors(state.top).forEach((node, depth) => boxes.push({ node, left: 0, width, depth }));
    state.boxes = boxes;
    const depth = 1 + Math.max(...boxes.map((box) => box.depth));
    const pen = context(canvas, width, depth * BAR);
    pen.font = "12px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace";
    pen.textBaseline = "middle";
    const letter = pen.measureText("m").width;
    for (const box of boxes) drawBox(pen, box, letter);
    describe();
  }

  function drawBox(pen, { node, left, width, depth }, letter) {
    const { name, pale } = look(node);
    const top = depth * BAR;
    const seen = matches !== null && !matches(node.name) ? 0.25 : 1;
    pen.globalAlpha = pale ? seen * 0.45 : seen;
    pen.fillStyle = colour(`flame-${name}`);
    pen.fillRect(left, top, Math.max(1, width - 1), BAR - 1);
    pen.globalAlpha = seen;
    if (node === state.chosen && node !== root) {
      pen.strokeStyle = colour("ink");
      pen.strokeRect(left + 0.5, top + 0.5, Math.max(1, width - 2), BAR - 2);
    }
    const room = Math.floor((width - 8) / letter);
    if (room >= 3) {
      const text = shortName(node.name);
      pen.fillStyle = colour(`flame-text`);
      pen.fillText(text.length > room ? `${text.slice(0, room - 1)}…` : text, left + 4, top + BAR / 2);
    }
    pen.globalAlpha = 1;
  }

  const whole = (node) => `${counted(node.requests, "request")}, ${percent(node.failed, node.requests)} failed, ${bytes(node.bytes)}`;
  function describe() {
    const node = state.chosen;
    about.replaceChildren(el("b", {}, node.name), " ", el("span", { class: "quiet" },
      `${whole(node)}${node.worst === null ? "" : `, worst: ${node.worst.kind}`}`));
  }

  const boxAt = (event) => {
    const { left, top } = canvas.getBoundingClientRect();
    const [x, y] = [event.clientX - left, event.clientY - top];
    return state.boxes.find((box) => Math.floor(y / BAR) === box.depth && x >= box.left && x < box.left + box.width);
  };
  function enlarge(node) {
    state.top = node.requests > 0 ? node : state.top;
    state.chosen = node;
    draw();
  }
  const children = (node) => [...node.children.values()].sort((one, other) => other.requests - one.requests);
  function move(step) {
    const siblings = state.chosen.parent ? children(state.chosen.parent) : [root];
    state.chosen = siblings[siblings.indexOf(state.chosen) + step] ?? state.chosen;
  }

  canvas.addEventListener("click", (event) => {
    const box = boxAt(event);
    if (box) enlarge(box.node);
  });
  canvas.addEventListener("mousemove", (event) => {
    const node = boxAt(event)?.node;
    canvas.style.cursor = node ? "pointer" : "";
    if (node) tip(event, node.name, whole(node), node.worst === null ? "nothing found" : `worst: ${node.worst.kind}`);
    else tip();
  });
  canvas.addEventListener("mouseleave", () => tip());
  canvas.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown") state.chosen = children(state.chosen)[0] ?? state.chosen;
    else if (event.key === "ArrowUp") state.chosen = state.chosen.parent ?? state.chosen;
    else if (event.key === "ArrowRight") move(1);
    else if (event.key === "ArrowLeft") move(-1);
    else if (event.key === "Enter") state.top = state.chosen;
    else if (event.key === "Backspace") state.top = state.chosen = root;
    else return;
    event.preventDefault();
    event.stopPropagation();
    draw();
  });
  section.replaceChildren(
    el("div", { class: "head" }, el("h2", {}, "Flame graph"),
      el("span", { class: "quiet" }, "requests by call stack, in the colour of the worst finding"),
      el("span", { class: "push" }),
      el("button", { type: "button", click: () => enlarge(root) }, "Whole")),
    canvas, about);
  drawings.set("flame", draw);
  draw();
}

function ancestors(node) {
  const above = [];
  for (let up = node.parent; up !== null; up = up.parent) above.unshift(up);
  return above;
}

/** Places a node and those below it, the widest to the left; what is too narrow is left out. */
function layOut(node, left, width, depth, boxes) {
  boxes.push({ node, left, width, depth });
  if (depth > 200) return;
  let next = left;
  const children = [...node.children.values()].sort((one, other) => other.requests - one.requests);
  for (const child of children) {
    const wide = (width * child.requests) / node.requests;
    if (wide < 0.7) break;
    layOut(child, next, wide, depth + 1, boxes);
    next += wide;
  }
}
