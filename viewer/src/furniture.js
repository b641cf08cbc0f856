// What stands around the map: title, caveats, legend with its switches, north arrow, notices.

import { clear, el, isolated } from "./dom.js";
import { COLOUR, corridorWidth, dash, FAINT, legWidth, placeRadius, ramp, rounded, seizureRadius, shown, STATUS, UNRECORDED, VERDICT } from "./style.js";

export function titleBar(data) {
  const bar = el("header", { class: "rg-title" }, el("h1", {}, isolated(data.title)));
  const line = el("p", { class: "rg-period" }, isolated(data.period));
  bar.append(line);
  if (data.estimator === "counts") {
    bar.append(el("p", { class: "rg-estimator", role: "note", text: "Ranked by reported counts: not corrected for detection" }));
  } else if (!data.levelsTold) {
    bar.append(el("p", { class: "rg-estimator", role: "note", text: "Estimated flow: read ranks and shares; these data cannot tell how many" }));
  }
  return bar;
}

export const syntheticBar = () => el("div", { class: "rg-synthetic", role: "note", text: "SYNTHETIC DATA: invented for demonstration; it describes no real event" });

export function caveatBox(data) {
  const body = el("ul", { id: "rg-caveat-list" }, ...data.caveats.map((text) => el("li", {}, isolated(text))));
  const box = el("section", { class: "rg-caveats", "aria-label": "What this cannot tell you" });
  const fold = el("button", { type: "button", class: "rg-fold", "aria-expanded": "true", "aria-controls": "rg-caveat-list", text: "fold" });
  fold.addEventListener("click", () => {
    const folded = box.classList.toggle("rg-folded");
    fold.setAttribute("aria-expanded", String(!folded));
    fold.textContent = folded ? "show all" : "fold";
  });
  box.append(el("h2", { text: "What this cannot tell you" }), fold, body);
  return box;
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

function discSample(radius, { fill, stroke, dashes = [], alpha = 1 }) {
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
  });
}

const sub = (text) => el("span", { class: "rg-sub", text });
const item = (mark, text) => el("span", { class: "rg-key" }, mark, el("span", { text }));

function sizes(most, make) {
  const values = [most / 16, most / 4, most].map(rounded).filter((value) => value > 0);
  return [...new Set(values)].map((value) => item(make(value), shown(value)));
}

export function legend(model, state, { changed, all }) {
  const group = (key, title, ...rows) => {
    const box = el("input", { type: "checkbox", id: `rg-layer-${key}` });
    box.checked = state.layers[key];
    const root = el("div", { class: box.checked ? "rg-group" : "rg-group rg-off" }, el("label", { for: `rg-layer-${key}` }, box, el("strong", { text: title })), ...rows);
    box.addEventListener("change", () => {
      state.layers[key] = box.checked;
      root.classList.toggle("rg-off", !box.checked);
      changed();
    });
    return root;
  };
  const rowOf = (...keys) => el("div", { class: "rg-keys" }, ...keys);
  const { most } = model;
  const body = el("div", { class: "rg-legend-body", id: "rg-legend-body" });
  const corridorGroup = group("corridors", "Corridors", ...corridorRows(model, { rowOf, most }));
  corridorGroup.firstChild.after(howMany(model, state, changed));
  body.append(corridorGroup);
  const filter = verdictFilter(model, state, changed);
  if (filter) corridorGroup.append(filter);
  const statuses = STATUS.map((name, k) => k).filter((k) => k !== UNRECORDED || model.anyUnrecorded);
  const look = (k) => ({ dashes: dash(k, 2.5), round: k === 2, span: 36, alpha: k === UNRECORDED ? FAINT : 1 });
  const legRows = [rowOf(...statuses.map((k) => item(lineSample(2.5, look(k)), STATUS[k])))];
  if (most.leg > 0) legRows.push(rowOf(sub("Flow"), ...sizes(most.leg, (value) => lineSample(legWidth(value, most.leg), { span: 34 }))));
  body.append(group("legs", "Legs", ...legRows));
  const placeRows = most.place > 0 ? [rowOf(sub("Throughflow"), ...sizes(most.place, (value) => discSample(placeRadius(value, most.place), { fill: COLOUR.paper, stroke: COLOUR.place })))] : [];
  body.append(group("places", "Places", ...placeRows, all.root));
  const seizureRows = most.seizures > 0 ? [rowOf(...sizes(most.seizures, (value) => discSample(seizureRadius(value, most.seizures), { fill: COLOUR.seizure, stroke: COLOUR.seizure, dashes: [3, 2], alpha: 0.16 })))] : [];
  const how = el("p", { class: "rg-sub rg-how", text: "Flow is in consignments. Lines bow to the right of travel: great circles, not roads." });
  body.append(group("seizures", "Seizures at a place", ...seizureRows, how));
  return el("section", { class: "rg-legend", "aria-label": "Legend and layers" }, body);
}

function corridorRows(model, { rowOf, most }) {
  const rows = [];
  const band = sample(84, 12, (ctx, w, h) => {
    for (let x = 0; x < w; x += 1) {
      ctx.fillStyle = ramp(x / (w - 1));
      ctx.fillRect(x, 0, 1, h);
    }
  });
  if (model.scores) {
    rows.push(el("div", { class: "rg-band" }, el("span", { class: "rg-low" }), band, el("span", { class: "rg-high" })));
  }
  if (most.corridor > 0) {
    const line = (value) => lineSample(corridorWidth(value, most.corridor), { colour: ramp(0.7), cased: true, span: 34 });
    rows.push(rowOf(sub("Flow"), ...[most.corridor / 10, most.corridor].map(rounded).map((value) => item(line(value), shown(value)))));
  }
  return rows;
}

function howMany(model, state, changed) {
  if (model.corridors.length < 2) return "";
  const select = el("select", { id: "rg-how-many", "aria-label": "How many corridors are drawn" });
  for (const count of [...[5, 10, 20, 50].filter((few) => few < model.corridors.length), model.corridors.length]) {
    select.append(el("option", { value: count, text: count === model.corridors.length ? `all ${count}` : `first ${count}` }));
  }
  select.value = String(state.corridorsShown);
  select.addEventListener("change", () => {
    state.corridorsShown = Number(select.value);
    changed();
  });
  return select;
}

// Shows only what has one verdict: the words are those that the case holds.
function verdictFilter(model, state, changed) {
  const found = model.verdicts();
  if (found.length < 2) return null;
  const select = el("select", { id: "rg-verdict", "aria-label": "Show only what has this verdict" }, el("option", { value: "", text: "all verdicts" }));
  for (const verdict of found) select.append(el("option", { value: verdict, text: (VERDICT[verdict] ? verdict : verdict.slice(0, 40)).replaceAll("_", " ") }));
  select.addEventListener("change", () => {
    state.filters.verdict = select.value;
    changed();
  });
  return el("div", { class: "rg-keys rg-verdict" }, sub("Verdict"), select);
}

// The ends of the score's scale, which follow how many corridors are drawn.
export function labelScale(root, model) {
  if (!model.scores) return;
  root.querySelector(".rg-low").textContent = `score ${shown(model.scores[0])}`;
  root.querySelector(".rg-high").textContent = shown(model.scores[1]);
}

// Says how many places the view leaves out, and shows them all when pressed.
export function showAll(act) {
  const root = el("button", { type: "button", class: "rg-all", on: { click: act } });
  return {
    root,
    say(outside, all) {
      root.textContent = `${shown(outside)} of ${shown(all)} outside this view: show all`;
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
  arrow.setAttribute("aria-label", "North is up");
  return arrow;
}

export function notice() {
  const root = el("div", { class: "rg-notice", role: "status" });
  return {
    root,
    say({ shown: drawn, inView }, undrawn) {
      clear(root);
      const parts = [];
      if (inView > drawn && drawn > 0) parts.push(`Showing the ${shown(drawn)} largest of ${shown(inView)} legs in this view; zoom in for more`);
      if (undrawn) parts.push(`${shown(undrawn)} legs have an end without a position and are not drawn`);
      root.textContent = parts.join(". ");
      root.hidden = !parts.length;
    },
  };
}
