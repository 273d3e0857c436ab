"use strict";
// The page works without this script; with it one can choose what is shown and read values by pointing at them.
(async () => {
  const data = JSON.parse(document.getElementById("data").textContent);
  // A browser that cannot unpack the numbers shows the page as one without scripts does.
  if (!window.DecompressionStream) {
    document.head.insertAdjacentHTML("beforeend", document.querySelector("body > noscript").textContent);
    return;
  }
  const bytes = Uint8Array.from(atob(data.packed), (letter) => letter.charCodeAt(0));
  const unpacked = new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate")));
  Object.assign(data, await unpacked.json());
  const editions = [...document.querySelectorAll(".edition")];
  const state = {};
  const luck = new Set(data.difference.luck);

  // Numbers, written as the program writes them (src/report/number.rs, src/plot/numbers.rs).
  const UNITS = {
    count: { en: [[1e9, " bn"], [1e6, " m"]], ja: [[1e8, "億"], [1e4, "万"]], patience: 10 },
    yen: { en: [[1e12, " tn"], [1e9, " bn"], [1e6, " m"]], ja: [[1e12, "兆円"], [1e8, "億円"], [1e4, "万円"], [1, "円"]], patience: 1 },
  };
  UNITS.index = UNITS.count;

  /// Rounds half to even on the exact binary value, as the program does.
  function fixed(value, decimals) {
    const text = value.toFixed(80);
    const point = text.indexOf(".");
    const kept = text.slice(0, point) + text.slice(point + 1, point + 1 + decimals);
    const rest = text.slice(point + 1 + decimals);
    const half = "5" + "0".repeat(rest.length - 1);
    let whole = BigInt(kept);
    if (rest > half || (rest === half && whole % 2n === 1n)) whole += 1n;
    const digits = whole.toString().padStart(decimals + 1, "0");
    return decimals ? digits.slice(0, -decimals) + "." + digits.slice(-decimals) : digits;
  }

  function grouped(value, decimals) {
    const [whole, fraction] = fixed(Math.abs(value), decimals).split(".");
    const text = whole.replace(/\B(?=(\d{3})+$)/g, ",") + (fraction ? "." + fraction : "");
    return (value < 0 && /[1-9]/.test(text) ? "−" : "") + text;
  }

  function label(value, kind, language, signed) {
    if (value === null || !Number.isFinite(value)) return "–";
    let text;
    if (kind === "share") {
      const scaled = value / 0.01;
      text = grouped(scaled, scaled !== 0 && Math.abs(scaled) < 9.95 ? 1 : 0) + " %";
    } else {
      const { [language]: choices, patience } = UNITS[kind];
      const [divisor, word] = choices.find(([divisor]) => Math.abs(value) >= divisor * patience) ?? [1, ""];
      const scaled = value / divisor;
      const size = Math.abs(scaled);
      const whole = kind === "count" && divisor === 1 && Math.abs(scaled - Math.round(scaled)) < 1e-9;
      const counted = kind === "count" && divisor === 1 && size >= 0.995;
      const decimals = whole || scaled === 0 || size >= 99.95 ? 0 : counted || size >= 9.995 ? 1 : 2;
      text = grouped(scaled, decimals) + word;
    }
    if (signed && value > 0 && /[1-9]/.test(text)) text = "+" + text;
    return kind === "yen" && language === "en" ? "JPY " + text : text;
  }

  const fill = (text, slots) => text.replace(/\{(\w+)\}/g, (_, slot) => slots[slot] ?? "");
  const word = (key, language) => data.words[key][language];
  const escaped = (part) => part.replaceAll("%", "%25").replaceAll("/", "%2F");

  function place() {
    const metric = data.metrics.findIndex((metric) => metric.id === state.metric);
    const cluster = data.clusters.findIndex((cluster) => cluster.id === state.cluster);
    const year = data.years.indexOf(Number(state.year));
    return { metric, cluster, year, index: (metric * data.clusters.length + cluster) * data.years.length + year };
  }

  function difference(index, policy) {
    const at = index * data.policies.length + policy;
    const { mean, low, high, better } = data.difference;
    return { mean: mean[at], low: low[at], high: high[at], better: better[at], luck: luck.has(at) };
  }

  function verdict({ mean, low, high, luck }, language) {
    if (mean === 0 && low === 0 && high === 0) return word("word.same", language);
    const sign = low > 0 && low !== null ? 1 : high < 0 && high !== null ? -1 : 0;
    if (sign === 0) return word("word.cannot_tell", language);
    if (luck) return word("word.not_after_correction", language);
    return word(sign > 0 ? "word.more" : "word.fewer", language);
  }

  function bar({ mean, low, high }, reach) {
    if (mean === null || low === null || high === null) return "";
    const x = (value) => (60 + 56 * (reach > 0 ? Math.max(-1, Math.min(1, value / reach)) : 0)).toFixed(1);
    const told = low > 0 || high < 0 ? "told" : "untold";
    return `<svg class="bar ${told}" viewBox="0 0 120 16" aria-hidden="true" focusable="false">` +
      `<path class="zero" d="M60 1V15"/><path d="M${x(low)} 8H${x(high)}"/><circle cx="${x(mean)}" cy="8" r="3"/></svg>`;
  }

  function number(value, address, kind, language, signed) {
    const element = document.createElement("data");
    element.value = value === null ? "" : String(value);
    element.dataset.at = address;
    element.dataset.as = (signed ? "+" : "") + kind;
    element.textContent = label(value, kind, language, signed);
    return element;
  }

  function fillTable(edition, language) {
    const { metric, cluster, index } = place();
    const kind = data.metrics[metric].kind;
    const table = edition.querySelector("[data-switched=differences]");
    const shown = { metric: data.metrics[metric].name[language], cluster: data.clusters[cluster].name[language], year: state.year };
    for (const [name, text] of Object.entries(shown)) table.querySelector(`[data-shown=${name}]`).textContent = text;
    const found = data.policies.map((_, policy) => difference(index, policy));
    const ends = found.flatMap(({ low, high }) => [low, high]).filter((end) => end !== null);
    const reach = Math.max(0, ...ends.map(Math.abs));
    for (const row of table.querySelectorAll("tbody tr")) {
      const policy = Number(row.dataset.policy);
      const values = found[policy];
      const base = ["difference", escaped(data.policies[policy]), data.metrics[metric].id, escaped(data.clusters[cluster].id), state.year].join("/");
      const cell = (name) => row.querySelector(`[data-cell=${name}]`);
      const [before, middle, after] = word("word.interval", language).split(/\{low\}|\{high\}/);
      cell("mean").replaceChildren(number(values.mean, base + "/mean", kind, language, true));
      cell("interval").replaceChildren(
        before, number(values.low, base + "/low", kind, language, true), middle,
        number(values.high, base + "/high", kind, language, true), after);
      cell("bar").innerHTML = bar(values, reach);
      cell("better").replaceChildren(number(values.better, base + "/better", "share", language, false));
      cell("verdict").textContent = verdict(values, language);
    }
  }

  /// Shows the charts of the chosen outcome and cluster; those without a cluster follow the outcome alone.
  function showCharts(edition) {
    for (const block of edition.querySelectorAll("[data-metric]:not([data-at])")) {
      const { metric, cluster } = block.dataset;
      block.hidden = metric !== state.metric || (cluster !== undefined && cluster !== state.cluster);
    }
    edition.querySelector("[data-none=growth]").hidden = edition.querySelector("[data-metric][data-cluster]:not([hidden])") !== null;
  }

  function show() {
    for (const edition of editions) {
      const language = edition.lang;
      for (const select of edition.querySelectorAll("[data-switch]")) select.value = state[select.dataset.switch];
      fillTable(edition, language);
      showCharts(edition);
      const { metric, cluster } = place();
      edition.querySelector(".live").textContent =
        [data.metrics[metric].name[language], data.clusters[cluster].name[language], state.year].join(", ");
    }
  }

  function speak(language) {
    for (const edition of editions) edition.hidden = edition.lang !== language;
    document.documentElement.lang = language;
    document.title = document.querySelector(`meta[name=title-${language}]`).content;
    for (const button of document.querySelectorAll("[data-language]")) {
      button.setAttribute("aria-pressed", String(button.dataset.language === language));
    }
  }

  // Pointing at a growth chart reads the year below the pointer.
  const tip = document.createElement("div");
  tip.className = "tip";
  tip.setAttribute("role", "status");
  tip.hidden = true;
  document.body.append(tip);

  function point(event) {
    const block = event.currentTarget;
    const svg = block.querySelector("svg");
    const { left, right, first, steps } = Object.fromEntries(
      Object.entries(block.dataset).filter(([key]) => ["left", "right", "first", "steps"].includes(key)).map(([key, value]) => [key, Number(value)]));
    const box = svg.getBoundingClientRect();
    const share = ((event.clientX - box.left) / box.width - left) / (right - left);
    const year = first + Math.floor(share * steps);
    const at = data.years.indexOf(year);
    const owner = block.closest("[data-cluster]");
    if (share < 0 || share >= 1 || at < 0 || !owner) return leave();
    const language = block.closest(".edition").lang;
    const metric = data.metrics.findIndex((metric) => metric.id === owner.dataset.metric);
    const cluster = data.clusters.findIndex((cluster) => cluster.id === owner.dataset.cluster);
    const index = (metric * data.clusters.length + cluster) * data.years.length + at;
    const kind = data.metrics[metric].kind;
    const write = (values) => label(values[index], kind, language, false);
    const range = fill(word("word.interval", language), { low: write(data.band.low), high: write(data.band.high) });
    tip.textContent = `${year}: ${write(data.band.median)} (${word("growth.middle95", language)}: ${range})`;
    tip.hidden = false;
    const width = tip.offsetWidth;
    tip.style.left = Math.max(4, Math.min(event.clientX + 12, document.documentElement.clientWidth - width - 4)) + "px";
    tip.style.top = event.clientY + 16 + "px";
  }

  function leave() {
    tip.hidden = true;
  }

  for (const select of editions[0].querySelectorAll("[data-switch]")) state[select.dataset.switch] = select.value;
  for (const select of document.querySelectorAll("[data-switch]")) {
    select.addEventListener("change", () => {
      state[select.dataset.switch] = select.value;
      show();
    });
  }
  for (const form of document.querySelectorAll("form.switch")) form.addEventListener("submit", (event) => event.preventDefault());
  for (const button of document.querySelectorAll("[data-language]")) {
    button.addEventListener("click", () => speak(button.dataset.language));
  }
  for (const block of document.querySelectorAll("[data-steps]")) {
    block.addEventListener("pointermove", point);
    block.addEventListener("pointerleave", leave);
  }
  if (editions.length < 2) for (const group of document.querySelectorAll(".languages")) group.hidden = true;
  document.body.dataset.ready = "";
})();
