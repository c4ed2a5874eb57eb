// The page of reports in a real browser: `node browser.mjs PAGES SCREENSHOTS`.
//
// PAGES is what pages.rs has written. Every page is opened from its file in headless Chromium
// (`CHROMIUM`, by default `chromium`), and fails the test if it logs an error or asks for
// anything but itself. Screenshots are left for people to look at.

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const [pages, screenshots] = process.argv.slice(2).map((path) => resolve(path));
if (!screenshots) {
  console.error("usage: browser.mjs PAGES SCREENSHOTS");
  process.exit(2);
}
mkdirSync(screenshots, { recursive: true });

/** What "opens" means: from the navigation to the first frame with all of it in place. */
const OPENS_WITHIN = 1000;

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});

/** Opens a page, and looks out for errors and requests while `use` does something with it. */
async function visit(name, use, { scheme = "light", hash = "" } = {}) {
  const context = await browser.newContext({ colorScheme: scheme, viewport: { width: 1400, height: 900 } });
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const page = await context.newPage();
  const file = pathToFileURL(`${pages}/${name}`).href;
  const troubles = [];
  page.on("console", (message) => message.type() === "error" && troubles.push(`console: ${message.text()}`));
  page.on("pageerror", (error) => troubles.push(`error: ${error.stack}`));
  page.on("request", (request) => {
    const url = request.url();
    if (url.split("#")[0] !== file && !url.startsWith("data:")) troubles.push(`request: ${url.slice(0, 200)}`);
  });
  await page.goto(file + hash);
  await page.waitForSelector("#verdict:not(:empty)");
  await use(page);
  assert.deepEqual(troubles, [], name);
  await context.close();
}

const count = (page, selector) => page.locator(selector).count();
const shot = (page, name, options = {}) => page.screenshot({ path: `${screenshots}/${name}.png`, ...options });
/** What the page itself was given. */
const facts = (page) => page.evaluate(() => ({
  sweeps: data.sweeps.map(({ name, requests }) => ({ name, requests })),
  findings: allFindings.map(({ kind, status, site, crate, replay }) => ({ kind, status, site, crate, replay })),
}));
/** How many findings the list says that it has; not all of them need be drawn. */
const listed = async (page) => Number((await page.locator("#findings .head .quiet").textContent()).replaceAll(",", ""));
const clipboard = (page) => page.evaluate(() => navigator.clipboard.readText());
const pixels = (page, selector) => page.locator(selector).first().evaluate((canvas) => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  const colours = new Set();
  for (let at = 0; at < data.length; at += 4) if (data[at + 3] > 0) colours.add(data.slice(at, at + 3).join());
  return colours.size;
});

/** Waits until the page has drawn what a change of its size asks for. */
const settled = (page) => page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => requestAnimationFrame(done)))));

/** The name of the colour of each pixel at the foot of the timeline's first row, where only a
 *  request's own bar stands; null between two bars. */
const paintedRow = (page, row = 0) => page.locator("#timeline canvas").evaluate((canvas, row) => {
  // A box around the chosen request would be read as a bar.
  const names = new Map(["untouched", "survived", "ends", "state", "error", "leak"].map((name) => [colour(name).match(/\d+/g).slice(0, 3).join(), name]));
  const foot = row * ROW + 2 + ROW - 5 - 1;
  const { data } = canvas.getContext("2d").getImageData(0, foot, canvas.width, 1);
  return Array.from({ length: canvas.width }, (_, x) => {
    const [red, green, blue, alpha] = data.slice(4 * x, 4 * x + 4);
    return alpha < 255 ? null : names.get([red, green, blue].join()) ?? null;
  });
}, row);

/** Where the timeline shows what the JSON does not say. It reads pixels and JSON, and calls nothing of the page's drawing. */
async function paintedWrongly(page) {
  const { rows, scale, from } = await page.evaluate(() => {
    const sweep = data.sweeps[state.sweep];
    const numbers = (text) => text === "" ? [] : text.split(",").flatMap((part) => {
      const [value, times] = part.split("*").map(Number);
      return Array(times ?? 1).fill(value);
    });
    const rows = sweep.rows.map((row) => numbers(row.outcomes).map((code) =>
      code === 0 ? "untouched" : code === 1 ? "survived" : sweep.findings[code - 2].status === "new" ? Object.fromEntries(data.kinds)[sweep.findings[code - 2].kind] : null));
    const box = document.querySelector("#timeline .strip");
    const whole = document.querySelector("#timeline .spacer").getBoundingClientRect().width;
    const scale = whole / Math.max(...rows.map((row) => row.length));
    return { rows, scale, from: box.scrollLeft / scale };
  });
  const wrong = [];
  for (const [index, cells] of rows.entries()) {
    const painted = await paintedRow(page, index);
    const at = (cell) => (cell - from) * scale;
    // The middle of a request that is wide enough has its own colour.
    if (scale >= 3) cells.forEach((name, cell) => {
      const middle = Math.floor(at(cell + 0.5));
      if (name !== null && middle > 0 && middle < painted.length - 1 && painted[middle] !== null && painted[middle] !== name)
        wrong.push(`row ${index}, request ${cell}: ${painted[middle]} for ${name}`);
    });
    // A finding is painted where there is one, give or take the rounding to a pixel.
    painted.forEach((name, pixel) => {
      if (name === null || name === "untouched" || name === "survived") return;
      const touching = cells.filter((_, cell) => at(cell) < pixel + 1.5 && at(cell + 1) > pixel - 0.5);
      if (!touching.includes(name)) wrong.push(`row ${index}, pixel ${pixel}: ${name} for ${touching}`);
    });
    // No finding is missing.
    cells.forEach((name, cell) => {
      if (name === null || name === "untouched" || name === "survived") return;
      const pixels = painted.slice(Math.max(0, Math.floor(at(cell) - 0.5)), Math.ceil(at(cell + 1) + 0.5));
      if (at(cell) >= 1 && at(cell + 1) <= painted.length - 1 && !pixels.some((pixel) => pixel !== "survived" && pixel !== "untouched"))
        wrong.push(`row ${index}, request ${cell}: ${name} is not painted`);
    });
  }
  return wrong;
}

const tests = {
  async "the zoo's page shows every sweep and finding"() {
    await visit("zoo.html", async (page) => {
      const { sweeps, findings } = await facts(page);
      assert.ok(sweeps.length > 20 && findings.length > 20, `${sweeps.length} sweeps`);
      assert.equal(await page.locator("#verdict").textContent(), "FAIL");
      assert.match(await page.title(), /^FAIL: \d+ new findings/);
      assert.equal(await count(page, "#sweeps .entry"), sweeps.length + 1);
      assert.equal(await listed(page), findings.length);
      assert.ok((await pixels(page, "#flame canvas")) > 5, "the flame graph has colours");
      await shot(page, "zoo-light");
      await shot(page, "zoo-light-whole", { fullPage: true });
    });
  },

  async "filters narrow findings and sites, and are cleared"() {
    await visit("zoo.html", async (page) => {
      const { findings } = await facts(page);
      const of = (test) => findings.filter(test).length;
      await page.click('[data-kind="Leaked"]');
      assert.equal(await listed(page), of(({ kind }) => kind === "Leaked"));
      await page.click('[data-kind="Panicked"]');
      assert.equal(await listed(page), of(({ kind }) => kind === "Leaked" || kind === "Panicked"));
      await page.click("#clear");
      assert.equal(await listed(page), findings.length);
      const { site } = findings.find(({ site }) => site !== null);
      await page.locator(`#sites .site`, { hasText: site }).first().or(page.locator("#sites .site").first()).click();
      const chosen = await page.evaluate(() => state.site);
      assert.equal(await listed(page), of((finding) => finding.site === chosen));
      await page.keyboard.press("Escape");
      assert.equal(await listed(page), findings.length);
    });
    await visit("many.html", async (page) => {
      const { findings } = await facts(page);
      const crates = page.locator("#filters select");
      if ((await crates.count()) > 0) {
        const { crate } = findings[0];
        await crates.selectOption(crate);
        assert.equal(await listed(page), findings.filter((finding) => finding.crate === crate).length);
      }
    });
  },

  async "known findings are told from new ones"() {
    await visit("known.html", async (page) => {
      const { findings } = await facts(page);
      const known = findings.filter(({ status }) => status === "known").length;
      assert.ok(known > 0 && known < findings.length);
      await page.click('[data-status="known"]');
      assert.equal(await listed(page), known);
      await page.click('[data-status="new"]');
      assert.equal(await listed(page), findings.filter(({ status }) => status === "new").length);
    });
  },

  async "search looks into messages, functions and sweeps"() {
    await visit("zoo.html", async (page) => {
      const { findings } = await facts(page);
      await page.keyboard.press("/");
      await page.keyboard.type("PANICKED");
      await page.waitForFunction((all) => Number(document.querySelector("#findings .head .quiet").textContent) < all, findings.length);
      const found = await listed(page);
      assert.ok(found >= findings.filter(({ kind }) => kind === "Panicked").length && found > 0);
      await page.fill("#search", "no function is called so");
      await page.waitForFunction(() => document.querySelector("#findings").textContent.includes("Nothing matches"));
      await page.keyboard.press("Escape");
      assert.equal(await listed(page), findings.length);
    });
  },

  async "a finding opens, and its command is copied"() {
    await visit("zoo.html", async (page) => {
      const { findings } = await facts(page);
      const first = page.locator("#findings .finding").first();
      assert.ok(await first.evaluate((card) => card.open), "the first is open");
      await first.locator(".copy").click();
      assert.equal(await clipboard(page), findings[0].replay);
      await page.waitForFunction(() => document.querySelector("#said").textContent === "Copied");
    });
  },

  async "everything is reached by keys"() {
    await visit("zoo.html", async (page) => {
      const { findings } = await facts(page);
      const current = () => page.locator("#sweeps [aria-current]").getAttribute("data-sweep");
      await page.keyboard.press("j");
      await page.keyboard.press("j");
      await page.keyboard.press("Enter");
      assert.equal(await page.evaluate(() => [...document.querySelectorAll("#findings .finding")].indexOf(document.activeElement.parentElement)), 1);
      assert.ok(await page.locator("#findings .finding").nth(1).evaluate((card) => card.open));
      await page.keyboard.press("c");
      await page.waitForFunction(() => document.querySelector("#said").textContent === "Copied");
      assert.equal(await clipboard(page), findings[1].replay);
      await page.keyboard.press("k");
      assert.equal(await page.evaluate(() => [...document.querySelectorAll("#findings .finding")].indexOf(document.activeElement.parentElement)), 0);
      assert.equal(await current(), "all");
      await page.keyboard.press("]");
      assert.notEqual(await current(), "all");
      assert.match(page.url(), /#sweep=/);
      await page.keyboard.press("[");
      assert.equal(await current(), "all");
      await page.keyboard.press("?");
      assert.ok(await page.locator("#help").evaluate((help) => help.open));
      const help = await page.evaluate(() => keys.flatMap(([key, text]) => [key, text]));
      assert.deepEqual(await page.locator("#help dl > *").allTextContents(), help);
      await shot(page, "keys");
      await page.keyboard.press("Escape");
      assert.ok(!(await page.locator("#help").evaluate((help) => help.open)));
    });
    await visit("many.html", async (page) => {
      await page.keyboard.press("r");
      await page.keyboard.press("Home");
      assert.match(await page.locator(".request h3").textContent(), /^Request 0$/);
      await page.keyboard.press("ArrowRight");
      assert.match(await page.locator(".request h3").textContent(), /^Request 1$/);
      await page.keyboard.press("Shift+ArrowRight");
      assert.ok((await count(page, ".request .chip")) > 0, "Shift goes to a finding");
      await page.keyboard.press("f");
      await page.keyboard.press("ArrowDown");
      assert.match(await page.locator("#flame .about").textContent(), /catalog::load/);
      await page.keyboard.press("Enter");
    });
  },

  async "light and dark, by the system and by key, are kept"() {
    const ground = (page) => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    await visit("zoo.html", async (page) => {
      const dark = await ground(page);
      await shot(page, "zoo-dark");
      await page.keyboard.press("t");
      const light = await ground(page);
      assert.notEqual(light, dark);
      await page.reload();
      assert.equal(await ground(page), light);
      await page.click("#theme");
      assert.equal(await ground(page), dark);
    }, { scheme: "dark" });
  },

  async "a sweep is addressed by its name"() {
    await visit("zoo.html", async (page) => {
      const { sweeps } = await facts(page);
      const { name } = sweeps[3];
      await page.goto(`${page.url()}#sweep=${encodeURIComponent(name)}`);
      await page.reload();
      assert.equal(await page.locator("#scope h2").textContent(), name);
      await shot(page, "sweep-light");
      await page.keyboard.press("t");
      await shot(page, "sweep-dark");
    });
  },

  async "a comparison says what is new, known and gone"() {
    await visit("compared.html", async (page) => {
      assert.match(await page.locator("#change .head").textContent(), /\d+ new findings?, \d+ known, \d+ gone/);
      assert.ok((await count(page, "#change .status.gone")) > 0);
      assert.ok((await count(page, "#change .status.new")) > 0);
      await page.locator("#change summary").first().click();
      await page.locator("#change .command").first().waitFor();
      await shot(page, "compared");
    });
  },

  async "names that would like to be markup are names"() {
    await visit("hostile.html", async (page) => {
      assert.match(await page.title(), /^FAIL: /);
      assert.equal(await count(page, "main img, main script"), 0);
      assert.match(await page.locator("#scope h2").textContent(), /<script>/);
      assert.match(await page.locator("#findings").textContent(), /<img src=x/);
    });
  },

  async "it prints with its findings open"() {
    await visit("zoo.html", async (page) => {
      await page.emulateMedia({ media: "print" });
      await page.evaluate(() => dispatchEvent(new Event("beforeprint")));
      assert.equal(await count(page, "#findings .finding:not([open])"), 0);
      assert.ok(!(await page.locator("#filters").isVisible()) && !(await page.locator("#search").isVisible()));
      await page.evaluate(() => dispatchEvent(new Event("afterprint")));
      assert.equal(await count(page, "#findings .finding[open]"), 1);
    });
  },

  async "it fits a small window"() {
    await visit("zoo.html", async (page) => {
      await page.setViewportSize({ width: 480, height: 800 });
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(wide <= 480, `${wide} pixels`);
    });
  },

  async "the timeline paints each request's own result, at every width"() {
    for (const [name, hash] of [["cells.html", ""], ["zoo.html", "#sweep="]]) {
      await visit(name, async (page) => {
        // On the page of the zoo: the sweep with the most requests.
        if (hash) await page.evaluate(() => change({ sweep: [...data.sweeps].sort((one, other) => other.requests - one.requests)[0].index }));
        for (const width of [360, 480, 733, 899, 901, 1024, 1133, 1280, 1401, 1917, 2560]) {
          await page.setViewportSize({ width, height: 900 });
          await settled(page);
          assert.deepEqual(await paintedWrongly(page), [], `${name}, ${width} pixels wide`);
        }
        await page.locator("#timeline .strip").focus();
        for (const key of ["+", "+", "ArrowRight"]) {
          await page.keyboard.press(key);
          await settled(page);
          assert.deepEqual(await paintedWrongly(page), [], `${name}, after ${key}`);
        }
      });
    }
  },

  async "the pointer names the request that is painted below it"() {
    await visit("cells.html", async (page) => {
      for (const width of [733, 1401]) {
        await page.setViewportSize({ width, height: 900 });
        await settled(page);
        const box = await page.locator("#timeline .strip").boundingBox();
        const painted = await paintedRow(page);
        for (let pixel = 3; pixel < box.width - 3; pixel += 1) {
          await page.locator("#timeline .strip").evaluate((strip, x) =>
            strip.dispatchEvent(new MouseEvent("mousemove", { clientX: x })), Math.ceil(box.x + pixel));
          const text = await page.locator("#tip").textContent();
          // The gap between two bars is nobody's.
          if (painted[pixel] !== null) assert.equal(/survived/.test(text), painted[pixel] === "survived", `${pixel}: ${text}`);
        }
      }
    });
  },

  async "a row of the sites has the worst finding of its own line"() {
    await visit("cells.html", async (page) => {
      const { shown, expected } = await page.evaluate(() => {
        document.querySelectorAll("#sites .more").forEach((more) => { while (!more.hidden) more.click(); });
        const name = (stack) => shortName(frame(stack[0]).name) + ` ${frame(stack[0]).place}`;
        const shown = [...document.querySelectorAll("#sites tbody tr")].filter((row) => row.querySelector(".chip"))
          .map((row) => row.querySelector(".fn").textContent);
        // Every seventh request was failed, and the finding has a stack of its own.
        const [sweep] = data.sweeps, failed = series(sweep.cell_sites).filter((_, request) => request % 7 === 0);
        const own = sweep.site_list.findIndex((site) => site.stack.join() === sweep.findings[0].stack.join());
        const expected = [...new Set([...failed, own])].filter((ordinal) => ordinal in sweep.site_list).map((ordinal) => name(sweep.site_list[ordinal].stack));
        return { shown, expected };
      });
      assert.ok(expected.length > 0);
      assert.deepEqual(shown.sort(), expected.sort());
    });
  },

  async "each header stands over its column, on every width and on paper"() {
    const check = async (page, where) => {
      const off = await page.evaluate(() => [...document.querySelectorAll("table.list")].flatMap((table) => {
        const seen = (row) => [...row.children].filter((cell) => cell.getBoundingClientRect().width > 0).map((cell) => cell.getBoundingClientRect());
        const heads = seen(table.tHead.rows[0]);
        return [...table.tBodies[0].rows].filter((row) => {
          const cells = seen(row);
          return cells.length !== heads.length || cells.some((cell, column) => Math.abs(cell.left - heads[column].left) > 1);
        }).map((row) => row.textContent);
      }));
      assert.deepEqual(off, [], where);
      const numbers = await page.evaluate(() => [...document.querySelectorAll("table.list")].flatMap((table) => {
        const heads = [...table.tHead.rows[0].cells];
        const first = table.tBodies[0].rows[0];
        // A column of numbers has its name, and is set to the right as its numbers are.
        return first ? [...first.cells].filter((cell, column) => cell.classList.contains("n") &&
          !(heads[column].classList.contains("n") && heads[column].textContent !== "")).map((cell) => cell.textContent) : [];
      }));
      assert.deepEqual(numbers, [], where);
    };
    await visit("zoo.html", async (page) => {
      for (const width of [480, 899, 901, 1400]) {
        await page.setViewportSize({ width, height: 900 });
        await check(page, `${width} pixels wide`);
      }
      await page.setViewportSize({ width: 700, height: 1000 });
      await page.emulateMedia({ media: "print" });
      await check(page, "on paper");
      await page.click("body");
    });
  },

  async "the flame graph and the timeline are as wide as their place"() {
    const check = async (page, where) => {
      const cut = await page.evaluate(() => [...document.querySelectorAll("#flame canvas, #timeline canvas")].filter((canvas) => {
        const place = (canvas.closest(".strip") ?? canvas.parentElement).getBoundingClientRect();
        const { left, right } = canvas.getBoundingClientRect();
        return left < place.left - 1 || right > Math.min(place.right, innerWidth) + 1;
      }).map((canvas) => `${canvas.closest("section").id}: ${canvas.getBoundingClientRect().width} pixels`));
      assert.deepEqual(cut, [], where);
    };
    for (const name of ["zoo.html", "many.html"]) {
      await visit(name, async (page) => {
        for (const width of [1400, 901, 899, 480, 360, 1400]) {
          await page.setViewportSize({ width, height: 900 });
          await settled(page);
          await check(page, `${name}, ${width} pixels wide`);
        }
        // The place shrinks without the window: a scroll bar appears, or the list at the side.
        await page.evaluate(() => (document.body.style.width = "900px"));
        await settled(page);
        await check(page, `${name}, in a narrow place`);
        // Paper is narrower, and nothing says so to the page before it is laid out.
        await page.evaluate(() => (document.body.style.width = ""));
        await settled(page);
        await page.evaluate(() => drawings.clear());
        await page.setViewportSize({ width: 700, height: 1000 });
        await page.emulateMedia({ media: "print" });
        await check(page, `${name}, on paper`);
      });
    }
  },

  async "sizes are plain numbers with a unit"() {
    await visit("cells.html", async (page) => {
      const texts = await page.evaluate(() => [0, 1, 1023, 1024, 1536, 1024 * 999, 1024 * 1000, 1024 * 1023, 2 ** 20, 2 ** 40, 2 ** 50 * 1.5, 2 ** 64 - 1].map(bytes));
      assert.deepEqual(texts, ["0 B", "1 B", "1,023 B", "1.00 KiB", "1.50 KiB", "999 KiB", "1,000 KiB", "1,023 KiB", "1.00 MiB", "1.00 TiB", "1.50 PiB", "16.0 EiB"]);
      const text = await page.locator("body").innerText();
      assert.doesNotMatch(text, /\d(\.\d+)?e\+|NaN|undefined|\[object/);
    });
  },
};

/** A page of 100,000 requests is there in a second, zooms and scrolls. */
for (const name of ["many", "filled"]) {
  tests[`${name}: 100,000 requests open in under a second, and scroll`] = async () => {
    await visit(`${name}.html`, async (page) => {
      const { sweeps } = await facts(page);
      assert.ok(sweeps[0].requests >= 100_000, `${sweeps[0].requests} requests`);
      const times = [];
      for (let round = 0; round < 3; round++) {
        await page.reload();
        times.push(await page.evaluate(() => new Promise((done) =>
          requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now()))))));
      }
      const best = Math.min(...times);
      console.log(`      opens in ${times.map(Math.round).join(", ")} ms`);
      assert.ok(best < OPENS_WITHIN, `${best} ms`);
      assert.ok((await pixels(page, "#timeline canvas")) > 2);
      const box = page.locator("#timeline .strip");
      await box.focus();
      for (let times = 0; times < 30; times++) await page.keyboard.press("+");
      const width = await box.evaluate((box) => box.scrollWidth);
      assert.ok(width > 1_000_000, `${width} pixels`);
      const frame = await box.evaluate(async (box) => {
        const start = performance.now();
        for (let step = 1; step <= 60; step++) {
          box.scrollLeft = (box.scrollWidth * step) / 60;
          await new Promise(requestAnimationFrame);
        }
        return (performance.now() - start) / 60;
      });
      console.log(`      ${frame.toFixed(1)} ms a frame`);
      await page.keyboard.press("End");
      assert.match(await page.locator(".request h3").textContent(), /^Request \d+,\d+$/);
      await page.keyboard.press("0");
      await page.locator("#timeline .check input").check();
      await box.focus();
      await page.keyboard.press("Home");
      await page.keyboard.press("Shift+ArrowRight");
      await page.evaluate(() => scrollTo(0, 0));
      await shot(page, `${name}-light`, { fullPage: true });
      await page.keyboard.press("t");
      await shot(page, `${name}-dark`, { fullPage: true });
    });
  };
}

let failures = 0;
for (const [name, run] of Object.entries(tests)) {
  if (process.env.ONLY && !name.includes(process.env.ONLY)) continue;
  try {
    await run();
    console.log(`ok    ${name}`);
  } catch (error) {
    failures += 1;
    console.log(`FAIL  ${name}\n${error.stack}`);
  }
}
await browser.close();
process.exit(failures === 0 ? 0 : 1);
