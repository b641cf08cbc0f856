// What stands around the map: title, caveats, coverage, legend with its switches, north arrow, notices.

import { clear, el, isolated } from "./dom.js";
import {
  BORDER, CHANGE, COLOUR, COMMUNITIES_TOLD_APART, communityLetter, corridorWidth, dash, FAINT, legWidth, lettered, placeRadius, ramp, rounded, seizureRadius, shown, STATUS, surpriseColour, UNRECORDED,
} from "./style.js";
import { say } from "./words.js";

export function titleBar(data) {
  const bar = el("header", { class: "rg-title" }, el("h1", {}, isolated(data.title)));
  const line = el("p", { class: "rg-period" }, isolated(data.period));
  bar.append(line);
  const told = data.estimator === "counts" ? say("counts") : data.levelsTold ? "" : say("untold");
  if (told) bar.append(el("p", { class: "rg-estimator", role: "note", text: told }));
  return bar;
}

export const syntheticBar = () => el("div", { class: "rg-synthetic", role: "note", text: say("synthetic") });

// A box that folds on the screen and is whole in print.
function folding(name, title, body, { open = true } = {}) {
  const box = el("section", { class: `rg-${name} rg-foldable`, "aria-label": title });
  const fold = el("button", { type: "button", class: "rg-fold", "aria-controls": body.id });
  const set = (folded) => {
    box.classList.toggle("rg-folded", folded);
    fold.setAttribute("aria-expanded", String(!folded));
    fold.textContent = folded ? say("unfold") : say("fold");
    fold.setAttribute("aria-label", `${title}: ${fold.textContent}`);
  };
  fold.addEventListener("click", () => set(!box.classList.contains("rg-folded")));
  set(!open);
  box.append(el("div", { class: "rg-fold-head" }, el("h2", { text: title }), fold), body);
  return box;
}

export function caveatBox(data) {
  const items = data.caveats.map((text) => el("li", {}, isolated(text)));
  return folding("caveats", say("limits"), el("ul", { id: "rg-caveat-list" }, ...items));
}

export function coverageBox(data) {
  const rows = data.coverage.filter(([, value]) => value !== "").map(([label, value]) => el("tr", {}, el("th", { scope: "row" }, isolated(label)), el("td", {}, isolated(value))));
  const notes = [data.base.note, ...(data.base.disputed || []).map((one) => `${one.label}: ${one.note}`)].filter(Boolean);
  const borders = notes.length ? [el("h3", { text: say("borders") }), ...notes.map((text) => el("p", { class: "rg-border-note" }, isolated(text)))] : [];
  const body = el("div", { id: "rg-coverage-body" }, el("table", { class: "rg-facts" }, el("tbody", {}, ...rows)), ...borders);
  return folding("coverage", say("coverage"), body, { open: false });
}

function sample(width, height, paint) {
  const canvas = el("canvas", { "aria-hidden": "true" });
  const ratio = 2;
  canvas.width = width * ratio;
  canvas.height = height * ratio;
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  const ctx = canvas.getContext("2d");
  ctx.scale(ratio, ratio);
  paint(ctx, width, height);
  return canvas;
}

function lineSample(width, { colour = COLOUR.leg, dashes = [], cased = false, arrow = false, round = false, span = 44, alpha = 1 } = {}) {
  return sample(span, 16, (ctx, w, h) => {
    const draw = (stroke, size) => {
      ctx.strokeStyle = stroke;
      ctx.lineWidth = size;
      ctx.beginPath();
      ctx.moveTo(5, h / 2);
      ctx.lineTo(w - 5, h / 2);
      ctx.stroke();
    };
    ctx.lineCap = cased || round ? "round" : "butt";
    ctx.globalAlpha = alpha;
    if (cased) draw(COLOUR.paper, width + 3);
    ctx.setLineDash(dashes);
    draw(colour, width);
    ctx.setLineDash([]);
    if (arrow) {
      const size = 3.4 + width;
      ctx.fillStyle = colour;
      ctx.beginPath();
      ctx.moveTo(w / 2 + size, h / 2);
      ctx.lineTo(w / 2 - 0.7 * size, h / 2 - 0.75 * size);
      ctx.lineTo(w / 2 - 0.25 * size, h / 2);
      ctx.lineTo(w / 2 - 0.7 * size, h / 2 + 0.75 * size);
      ctx.fill();
    }
  });
}

function discSample(radius, { fill, stroke, dashes = [], alpha = 1, letter = "" }) {
  const size = Math.max(10, 2 * Math.ceil(radius) + 4);
  return sample(size, size, (ctx, w, h) => {
    ctx.beginPath();
    ctx.arc(w / 2, h / 2, Math.max(1, radius), 0, 2 * Math.PI);
    ctx.globalAlpha = alpha;
    ctx.fillStyle = fill;
    ctx.fill();
    ctx.globalAlpha = 1;
    ctx.strokeStyle = stroke;
    ctx.setLineDash(dashes);
    ctx.lineWidth = 1.5;
    ctx.stroke();
    if (letter) lettered(ctx, letter, { x: w / 2, y: h / 2, fill, size: 11 });
  });
}

const sub = (text) => el("span", { class: "rg-sub", text });
const item = (mark, text) => el("span", { class: "rg-key" }, mark, el("span", { text }));

function sizes(most, make) {
  const values = [most / 16, most / 4, most].map(rounded).filter((value) => value > 0);
  return [...new Set(values)].map((value) => item(make(value), shown(value)));
}

// The switches of the layers, each with what its lines, sizes and colours mean; refresh() follows the period in force and
// how many corridors are drawn.
export function legend(model, state, { changed, all }) {
  const has = model.available();
  const rows = { corridors: corridorRows, legs: legRows, places: placeRows, communities: communityRows, diversion: diversionRows, change: changeRows, seizures: seizureRows };
  const always = new Set(["legs", "places", "seizures"]);
  const groups = Object.keys(rows).filter((key) => has[key] || always.has(key)).map((key) => {
    const box = el("input", { type: "checkbox", id: `rg-layer-${key}` });
    box.checked = state.layers[key];
    const means = el("div", { class: "rg-means" });
    const label = el("label", { for: box.id }, box, el("strong", { text: say(`layer.${key}`) }));
    const root = el("div", { class: box.checked ? "rg-group" : "rg-group rg-off" }, label, key === "corridors" ? howMany(model, state, changed) : "", means, key === "places" ? all.root : "");
    box.addEventListener("change", () => {
      state.layers[key] = box.checked;
      root.classList.toggle("rg-off", !box.checked);
      changed();
    });
    return { root, refresh: () => clear(means).append(...rows[key](model)) };
  });
  let told = null;
  const refresh = () => {
    const now = `${model.period} ${state.corridorsShown}`;
    if (now !== told) for (const group of groups) group.refresh();
    told = now;
  };
  refresh();
  const disputed = model.data.base.contested[0]?.lengths.length ? item(borderSample(), say("legend.contested")) : "";
  const how = el("p", { class: "rg-sub rg-how" }, say(model.data.levelsTold ? "legend.how" : "legend.how.share"), " ", disputed);
  const body = el("div", { class: "rg-legend-body", id: "rg-legend-body" }, ...groups.map((group) => group.root), how);
  return { root: el("section", { class: "rg-legend", "aria-label": say("legend") }, body), refresh };
}

const borderSample = () => lineSample(BORDER.width, { colour: COLOUR.contested, dashes: BORDER.dashes, span: 36 });

// What a size says: flow of the whole time or of the period in force, or a share of the largest where no level is told.
function measure(model, name) {
  const key = model.data.levelsTold ? name : `${name}.share`;
  return model.period === null ? say(`legend.${key}`) : say("legend.period", { what: say(`legend.${key}`), period: model.periods[model.period] });
}

function seizureRows(model) {
  const { seizures } = model.most;
  const disc = (value) => discSample(seizureRadius(value, seizures), { fill: COLOUR.seizure, stroke: COLOUR.seizure, dashes: [3, 2], alpha: 0.16 });
  return seizures > 0 ? [rowOf(...sizes(seizures, disc))] : [];
}

const rowOf = (...keys) => el("div", { class: "rg-keys" }, ...keys);

function legRows(model) {
  const { most } = model;
  const statuses = STATUS.map((name, k) => k).filter((k) => k !== UNRECORDED || model.anyUnrecorded);
  const look = (k) => ({ dashes: dash(k, 2.5), round: k === 2, span: 36, alpha: k === UNRECORDED ? FAINT : 1 });
  const rows = [rowOf(...statuses.map((k) => item(lineSample(2.5, look(k)), say(`status.${k}`))))];
  if (most.leg > 0) rows.push(rowOf(sub(measure(model, "flow")), ...sizes(most.leg, (value) => lineSample(legWidth(value, most.leg), { span: 34 }))));
  // Without corridors it is the legs that tell surprise.
  if (!model.corridors.length && model.colourBy === "surprise") rows.push(...surpriseRows(model));
  return rows;
}

function placeRows(model) {
  const { place } = model.most;
  if (!(place > 0)) return [];
  const disc = (value) => discSample(placeRadius(value, place), { fill: COLOUR.paper, stroke: COLOUR.place });
  return [rowOf(sub(measure(model, "throughflow")), ...sizes(place, disc))];
}

function communityRows(model) {
  const most = Math.max(0, ...Array.from(model.data.places.community || []));
  const discs = [];
  for (let k = 0; k < Math.min(most, COMMUNITIES_TOLD_APART); k += 1) {
    discs.push(item(discSample(7.5, { fill: model.communityColour(k), stroke: COLOUR.place, letter: communityLetter(k) }), ""));
    discs.at(-1).lastChild.append(isolated((model.communityName(k) || String(k + 1)).split(";")[0]));
  }
  if (most > COMMUNITIES_TOLD_APART) discs.push(item(discSample(5, { fill: model.communityColour(COMMUNITIES_TOLD_APART), stroke: COLOUR.place }), say("legend.smaller")));
  return [el("div", { class: "rg-keys rg-column" }, ...discs)];
}

const diversionRows = () => [rowOf(item(diamondSample(), say("legend.diversion")))];

function diamondSample() {
  return sample(18, 18, (ctx, w, h) => {
    ctx.translate(w / 2, h / 2);
    ctx.rotate(Math.PI / 4);
    ctx.strokeStyle = COLOUR.diversion || COLOUR.place;
    ctx.lineWidth = 2;
    ctx.strokeRect(-5, -5, 10, 10);
  });
}

function changeRows(model) {
  const told = new Set(Array.from(model.data.change.at, (leg) => model.changeOf(leg)?.what).filter(Boolean));
  const keys = Object.keys(CHANGE).filter((name) => told.has(name));
  return [rowOf(...keys.map((name) => item(lineSample(3, { colour: CHANGE[name].colour, span: 24 }), `${CHANGE[name].sign} ${say(`change.${name}`)}`)))];
}

function corridorRows(model) {
  const { corridor } = model.most;
  const rows = [];
  if (model.colourBy === "surprise") rows.push(...surpriseRows(model));
  else if (model.scores) rows.push(el("div", { class: "rg-band" }, el("span", { text: say("legend.score", { value: shown(model.scores[0]) }) }), bandSample((share) => ramp(share)), el("span", { text: shown(model.scores[1]) })));
  if (corridor > 0) {
    const colour = model.colourBy === "surprise" ? surpriseColour(model.surpriseRange[1] / 2, model.surpriseRange[1]) : ramp(0.7);
    const line = (value) => lineSample(corridorWidth(value, corridor), { colour, cased: true, span: 34 });
    rows.push(rowOf(sub(measure(model, "flow")), ...[corridor / 10, corridor].map(rounded).map((value) => item(line(value), shown(value)))));
    if (model.data.levelsTold) rows.push(el("p", { class: "rg-sub rg-keys", text: say("legend.uncertain") }));
  }
  return rows;
}

const bandSample = (colour) =>
  sample(84, 12, (ctx, w, h) => {
    for (let x = 0; x < w; x += 1) {
      ctx.fillStyle = colour(x / (w - 1));
      ctx.fillRect(x, 0, 1, h);
    }
  });

// Surprise is a power of two: its ends in words as times what is expected.
function surpriseRows(model) {
  const most = model.surpriseRange[1];
  const band = bandSample((share) => surpriseColour((2 * share - 1) * most, most));
  const end = (value) => say("legend.times", { value });
  const scale = el("div", { class: "rg-band" }, el("span", { text: end(`1/${2 ** most}`) }), band, el("span", { text: end(2 ** most) }));
  return [rowOf(sub(say("legend.surprise"))), scale];
}

function howMany(model, state, changed) {
  if (model.corridors.length < 2) return "";
  const select = el("select", { id: "rg-how-many", "aria-label": say("legend.many") });
  for (const n of [...[5, 10, 20, 50].filter((few) => few < model.corridors.length), model.corridors.length]) {
    select.append(el("option", { value: n, text: say(n === model.corridors.length ? "legend.all" : "legend.first", { n }) }));
  }
  select.value = String(state.corridorsShown);
  select.addEventListener("change", () => {
    state.corridorsShown = Number(select.value);
    changed();
  });
  return select;
}

// Says how many places the view leaves out, and shows them all when pressed.
export function showAll(act) {
  const root = el("button", { type: "button", class: "rg-all", on: { click: act } });
  return {
    root,
    say(outside, all) {
      root.textContent = say("legend.outside", { n: shown(outside), all: shown(all) });
      root.hidden = !outside;
    },
  };
}

export function northArrow() {
  const arrow = sample(26, 34, (ctx) => {
    ctx.beginPath();
    ctx.moveTo(13, 2);
    ctx.lineTo(20, 20);
    ctx.lineTo(13, 16);
    ctx.lineTo(6, 20);
    ctx.closePath();
    ctx.fillStyle = COLOUR.place;
    ctx.fill();
    ctx.font = "700 12px sans-serif";
    ctx.textAlign = "center";
    ctx.fillText("N", 13, 33);
  });
  arrow.className = "rg-north";
  arrow.setAttribute("role", "img");
  arrow.removeAttribute("aria-hidden");
  arrow.setAttribute("aria-label", say("north"));
  return arrow;
}

export function notice() {
  const root = el("div", { class: "rg-notice", role: "status" });
  return {
    root,
    say({ shown: drawn, inView }, undrawn) {
      clear(root);
      const parts = [];
      if (inView > drawn && drawn > 0) parts.push(say("notice.thinned", { n: shown(drawn), all: shown(inView) }));
      if (undrawn) parts.push(say("notice.undrawn", { count: undrawn, n: shown(undrawn) }));
      root.textContent = parts.join(". ");
      root.hidden = !parts.length;
    },
  };
}
