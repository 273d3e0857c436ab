// Opens a report as a reader does and checks what it shows against the results it was made from.
//
//   node report.mjs RESULT_FOLDER PICTURES [compare|sweep]
import { readFileSync, mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import path from "node:path";
import { chromium } from "playwright-core";

const [folder, pictures] = process.argv.slice(2);
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const WIDTHS = [1440, 390];
let passed = 0;
let failed = 0;

function check(holds, what) {
  if (holds) {
    passed += 1;
  } else {
    failed += 1;
    console.error(`FAILED: ${what}`);
  }
}

/// The rows of a CSV file without quoted commas, which metric and cluster names never need.
function table(file) {
  const [head, ...lines] = readFileSync(file, "utf8").trimEnd().split("\n").map((line) => line.split(","));
  return lines.map((cells) => Object.fromEntries(head.map((name, at) => [name, cells[at]])));
}

/// A number as the page shows it in English, by rules written a second time: about three digits and a sign.
function near(shown, value) {
  const factor = / tn$/.test(shown) ? 1e12 : / bn$/.test(shown) ? 1e9 : / m$/.test(shown) ? 1e6 : 1;
  const read = Number(shown.replace(/^JPY /, "").replace(/ (tn|bn|m)$/, "").replace("−", "-").replaceAll(",", "")) * factor;
  // Half a unit of the last digit shown: what rounding may take.
  const decimals = (shown.match(/\.(\d+)/) ?? ["", ""])[1].length;
  return Math.abs(read - value) <= 0.5001 * 10 ** -decimals * factor;
}

async function open(browser, width, language) {
  const context = await browser.newContext({ viewport: { width, height: 900 }, locale: language });
  const page = await context.newPage();
  const asked = [];
  const faults = [];
  page.on("request", (request) => { if (!/^(file|data):/.test(request.url())) asked.push(request.url()); });
  page.on("pageerror", (error) => faults.push(String(error)));
  page.on("console", (message) => { if (message.type() === "error") faults.push(message.text()); });
  await page.goto(pathToFileURL(path.resolve(folder, "report.html")).href);
  await page.locator("body[data-ready]").waitFor({ state: "attached" });
  if (language === "ja") await page.locator("#en [data-language=ja]").click();
  return { context, page, asked, faults };
}

async function fits(page, width, language) {
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  check(overflow <= 0, `${language} at ${width}: the page is ${overflow} pixels wider than the window`);
  const cut = await page.evaluate(() => {
    const outside = [];
    for (const element of document.querySelectorAll(".edition:not([hidden]) :is(p, h1, h2, h3, li, select, button, summary, dd)")) {
      const box = element.getBoundingClientRect();
      if (box.width > 0 && !element.closest(".wide, .drawing, .live, .skip") && (box.right > innerWidth + 1 || box.left < -1)) outside.push(element.textContent.slice(0, 40));
    }
    return outside;
  });
  check(cut.length === 0, `${language} at ${width}: cut at the edge: ${cut.slice(0, 3)}`);
  const clash = await page.evaluate(() => {
    const clashes = [];
    for (const svg of document.querySelectorAll(".edition:not([hidden]) figure svg")) {
      if (svg.getBoundingClientRect().width === 0) continue;
      const texts = [...svg.querySelectorAll("text")].map((text) => ({ text: text.textContent, box: text.getBoundingClientRect() })).filter(({ box }) => box.width > 0);
      for (let a = 0; a < texts.length; a += 1) {
        for (let b = a + 1; b < texts.length; b += 1) {
          const [x, y] = [texts[a].box, texts[b].box];
          const wide = Math.min(x.right, y.right) - Math.max(x.left, y.left);
          const high = Math.min(x.bottom, y.bottom) - Math.max(x.top, y.top);
          if (wide > 2 && high > 0.45 * Math.min(x.height, y.height)) clashes.push(`${texts[a].text} / ${texts[b].text}`);
        }
      }
    }
    return clashes;
  });
  check(clash.length === 0, `${language} at ${width}: words lie on each other: ${clash.slice(0, 3).join("; ")}`);
}

async function accessible(page, width, language) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
  for (const violation of violations) {
    const where = violation.nodes.slice(0, 3).map((node) => `${node.target} ${node.failureSummary.split("\n")[1] ?? ""}`).join("; ");
    console.error(`axe ${violation.id} (${violation.impact}), ${violation.nodes.length} places: ${where}`);
  }
  check(violations.length === 0, `${language} at ${width}: axe-core finds ${violations.length} violations`);
}

async function switches(page, language) {
  const edition = page.locator(`#${language}`);
  const values = (name) => edition.locator(`[data-switch=${name}] option`).evaluateAll((options) => options.map((option) => option.value));
  const [metrics, clusters, years] = [await values("metric"), await values("cluster"), await values("year")];
  const pick = { metric: metrics[1], cluster: clusters[1], year: years[0] };
  const before = await edition.locator("[data-switched] tbody").innerText();
  for (const [name, value] of Object.entries(pick)) await edition.locator(`[data-switch=${name}]`).selectOption(value);
  const shown = await edition.locator("figure[data-figure^=fan-]:visible").evaluateAll((figures) => figures.map((figure) => figure.dataset.figure));
  check(shown.length === 1 && shown[0] === `fan-${pick.metric}-${pick.cluster}`, `${language}: the switch shows ${shown}`);
  const rows = edition.locator("[data-switched] tbody tr");
  const addresses = await rows.locator("[data-cell=mean] data").evaluateAll((cells) => cells.map((cell) => cell.dataset.at));
  check(addresses.every((address) => address.includes(`/${pick.metric}/${pick.cluster}/${pick.year}/`)), `${language}: ${addresses[0]} after the switch`);
  if (language === "en" && process.argv[4] !== "sweep") await against(rows, pick);
  for (const [name, of] of [["metric", metrics], ["cluster", clusters], ["year", years]]) {
    const first = await page.locator(`#${language} [data-switch=${name}] option[selected]`).getAttribute("value");
    await edition.locator(`[data-switch=${name}]`).selectOption(first ?? of[0]);
  }
  // The script writes what the program wrote.
  check(before === await edition.locator("[data-switched] tbody").innerText(), `${language}: switching there and back changes the table`);
}

/// What the switched table shows, against `differences.csv`.
async function against(rows, { metric, cluster, year }) {
  const known = table(path.join(folder, "differences.csv")).filter((row) => row.metric === metric && row.cluster === cluster && row.date.startsWith(year));
  const shown = await rows.evaluateAll((all) => all.map((row) => ["mean", "interval"].flatMap((cell) => [...row.querySelectorAll(`[data-cell=${cell}] data`)].map((number) => number.textContent))));
  check(known.length === shown.length && known.length > 0, `${known.length} rows in differences.csv, ${shown.length} on the page`);
  known.forEach((row, at) => {
    [row.mean, row.low, row.high].forEach((value, field) => {
      check(near(shown[at][field], Number(value)), `${row.policy} ${metric} ${cluster} ${year}: ${shown[at][field]} for ${value}`);
    });
  });
}

async function hovers(page, language) {
  const drawing = page.locator(`#${language} figure[data-figure^=fan-]:visible .drawing`).first();
  await drawing.scrollIntoViewIfNeeded();
  const svg = await drawing.locator("svg").boundingBox();
  const { left, right, first, steps } = await drawing.evaluate((block) => Object.fromEntries(["left", "right", "first", "steps"].map((key) => [key, Number(block.dataset[key])])));
  const years = await page.evaluate(() => JSON.parse(document.getElementById("data").textContent).years);
  const last = years.at(-1);
  const share = left + (right - left) * ((last - first + 0.5) / steps);
  await page.mouse.move(svg.x + share * svg.width, svg.y + svg.height * 0.5);
  const tip = await page.locator(".tip").innerText();
  const block = await page.locator(`#${language} figure[data-figure^=fan-]:visible`).first();
  const expected = await block.evaluate((figure) => {
    const row = [...figure.querySelectorAll("tbody tr")].at(-1);
    return [row.querySelector("th").textContent.trim(), row.querySelectorAll("td")[1].textContent.trim()];
  });
  check(expected[0].startsWith(String(last)) && tip.startsWith(`${last}: ${expected[1]}`), `${language}: pointing at ${last} shows "${tip}", the table says ${expected[1]}`);
}

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
mkdirSync(pictures, { recursive: true });
for (const language of ["en", "ja"]) {
  for (const width of WIDTHS) {
    const { context, page, asked, faults } = await open(browser, width, language);
    check(await page.locator("html").getAttribute("lang") === language, `${language}: the page says it is in another language`);
    await fits(page, width, language);
    await accessible(page, width, language);
    if (width === WIDTHS[0]) {
      await switches(page, language);
      await hovers(page, language);
    }
    await page.mouse.move(0, 0);
    await page.evaluate(() => scrollTo(0, 0));
    await page.screenshot({ path: path.join(pictures, `${language}-${width}.png`), fullPage: true });
    check(asked.length === 0, `${language}: the page asks for ${asked[0]}`);
    check(faults.length === 0, `${language}: ${faults[0]}`);
    if (width === WIDTHS[0]) {
      await page.emulateMedia({ media: "print" });
      check(!(await page.locator(`#${language} form.switch`).isVisible()), `${language}: the switch is printed`);
      await page.pdf({ path: path.join(pictures, `${language}.pdf`), format: "A4" });
    }
    await context.close();
  }
}
await browser.close();
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
