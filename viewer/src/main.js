// The map of a case: Leaflet underneath, one canvas, lists and evidence beside it. Everything shown comes from the page itself.

import L from "leaflet";
import marker from "leaflet/dist/images/marker-icon.png";
import markerTwice from "leaflet/dist/images/marker-icon-2x.png";
import shadow from "leaflet/dist/images/marker-shadow.png";
import { Controls } from "./controls.js";
import { readCase } from "./decode.js";
import { clear, el } from "./dom.js";
import { framePlaces, located } from "./frame.js";
import { caveatBox, coverageBox, legend, northArrow, notice, showAll, syntheticBar, titleBar } from "./furniture.js";
import { arc, greatCircle } from "./geo.js";
import { CaseLayer } from "./layer.js";
import { Model } from "./model.js";
import { Panel } from "./panel.js";
import { Search } from "./search.js";
import { Sheet } from "./sheet.js";
import { estimate, sayCounts } from "./style.js";
import { Timeline } from "./timeline.js";
import { asked, COUNTS, language, say, speak } from "./words.js";

window.L = L;
// Markers that a user adds through folium show without a request.
L.Icon.Default.imagePath = "";
L.Icon.Default.mergeOptions({ iconUrl: marker, iconRetinaUrl: markerTwice, shadowUrl: shadow });

const FIRST = 10;
// Corridors that the first view always holds; a lower rank far from everything may need a press of "show all".
const PINNED = 5;
// Pixels kept free around the first view: left, top, right, bottom.
const EDGE = [44, 24, 60, 24];

async function start(map, island) {
  try {
    const data = await readCase(island);
    // Names are drawn on a canvas, which does not wait for the letters that the page carries.
    if (data.estimator === "counts") speak({ language: language(), words: { ...COUNTS } });
    sayCounts(data.estimator === "counts");
    await Promise.all([...(document.fonts ?? [])].map((face) => face.load()));
    open(map, data);
  } catch (error) {
    const line = el("p", { class: "rg-failed", role: "alert", text: say("failed", { why: error.message }) });
    document.body.append(line);
    throw error;
  }
}

function open(map, data) {
  const model = new Model(data);
  const state = {
    layers: { corridors: true, legs: true, places: true, communities: false, diversion: false, change: false, seizures: false },
    corridorsShown: Math.min(FIRST, model.corridors.length),
    filters: { mode: "", commodity: "", tier: "", verdict: "", flow: 0 },
    period: null,
    selected: null,
  };
  model.recolour(state.corridorsShown);
  const container = map.getContainer();
  const told = notice();
  const layer = new CaseLayer(model, state, (counts) => told.say(counts, model.undrawn));
  const panel = new Panel(model, { choose, state });
  let opener = null;

  document.body.classList.add("rg-page");
  const top = document.querySelector(".rg-marking.rg-top");
  const head = el("div", { class: "rg-head" }, titleBar(data), data.synthetic ? syntheticBar() : null);
  top.after(head);
  const side = el("aside", { class: "rg-side" }, panel.root, caveatBox(data), coverageBox(data));
  container.setAttribute("aria-label", say("map"));
  container.id ||= "rg-map";

  for (const [button, words] of [["in", say("zoom.in")], ["out", say("zoom.out")]]) {
    const node = container.querySelector(`.leaflet-control-zoom-${button}`);
    node?.setAttribute("aria-label", words);
    if (node) node.title = words;
  }
  map.attributionControl.setPrefix(false);
  map.attributionControl.addAttribution(say("base"));
  L.control.scale({ position: "bottomleft", maxWidth: 140, imperial: false }).addTo(map);
  const all = showAll(() => {
    moved = true;
    fit(boundsOf(located(model)), 8);
    container.focus();
  });
  const changed = () => {
    model.recolour(state.corridorsShown);
    key.refresh();
    if (state.selected) panel.showEvidence(state.selected, { focus: false });
    else panel.showList();
    layer.draw();
  };
  const controls = new Controls(model, state, changed);
  const search = new Search(model, choose);
  const tools = el("div", { class: "rg-tools", role: "region", "aria-label": say("tools") }, search.root, controls.root);
  const timeline = model.periods.length > 1 ? new Timeline(model, state, periodChanged) : null;
  const live = el("div", { class: "rg-hidden", role: "status" });
  const skip = el("button", { type: "button", class: "rg-skip", text: say("skip"), on: { click: toList } });
  head.append(tools);
  document.body.prepend(skip, live);
  const key = legend(model, state, { changed, all });
  container.after(...[timeline?.root, key.root, side].filter(Boolean));
  // Last on paper too, for browsers that put nothing into the margins of a sheet.
  document.body.append(...document.querySelectorAll(".rg-marking.rg-bottom"));
  const boxes = [northArrow(), told.root];
  for (const box of boxes) {
    container.append(box);
    L.DomEvent.disableClickPropagation(box);
    L.DomEvent.disableScrollPropagation(box);
  }
  map.invalidateSize();
  map.setMaxBounds([[-88, data.centre - 200], [88, data.centre + 200]]);
  const first = boundsOf(framePlaces(model, PINNED));
  // Until someone moves the map, a window that changes size shows the first view again.
  let moved = false;
  let arranging = false;
  const sheet = new Sheet(layer, { keep, fit: refit });
  let seen = null;
  arrange();
  layer.addTo(map);
  container.addEventListener("wheel", () => { moved = true; }, { passive: true });
  map.on("dragstart", () => { moved = true; });
  map.on("resize", () => { if (!moved && !state.selected && !arranging && !sheet.on) arrange(); });
  map.on("moveend resize", () => all.say(outside(), located(model).length));
  all.say(outside(), located(model).length);

  const tip = el("div", { class: "rg-tip", role: "tooltip" });
  tip.hidden = true;
  container.append(tip);
  map.on("mousemove", (event) => hover(event));
  map.on("mouseout movestart zoomstart", () => quiet());
  map.on("click", (event) => {
    const item = layer.pick(event.layerPoint);
    if (item) choose(item, { from: container });
    else if (state.selected) choose(null);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && state.selected) choose(null);
  });

  // Around some places, with room for corridors and the busiest legs between them: great circles reach poleward of their ends.
  function boundsOf(places) {
    const [west, south, east, north] = data.window;
    const inside = new Set(places);
    const bounds = L.latLngBounds(places.map((i) => map.unproject([model.placeX[i], model.placeY[i]], 0)));
    if (places.length < 2) return L.latLngBounds([[south, west], [north, east]]);
    const holds = (from, to) => inside.has(from) && inside.has(to);
    const shown = model.corridors.slice(0, FIRST).flatMap((one) => one.pairs.filter((pair) => holds(pair.from, pair.to)).flatMap((pair) => model.arcBetween(pair.from, pair.to)));
    for (let i = 0; i < Math.min(30, data.legs.count); i += 1) if (holds(data.legs.start[i], data.legs.end[i])) shown.push(...model.arc(i));
    for (const piece of shown) for (let k = 0; k < piece.length; k += 2) bounds.extend(map.unproject([piece[k], piece[k + 1]], 0));
    return bounds;
  }

  // The legend stands under the map, or left of it where that lets the case be larger.
  function arrange() {
    arranging = true;
    const zooms = [false, true].map((beside) => {
      document.body.classList.toggle("rg-beside", beside);
      map.invalidateSize({ pan: false });
      return map.getSize().x > 420 ? closest(first, 8) : -1;
    });
    document.body.classList.toggle("rg-beside", zooms[1] > zooms[0] + 0.12);
    map.invalidateSize({ pan: false });
    fit(first, 8);
    arranging = false;
  }

  // For the printed sheet: the view as it is now, and what brings it back.
  function keep() {
    const [centre, zoom, beside] = [map.getCenter(), map.getZoom(), document.body.classList.contains("rg-beside")];
    seen = moved || state.selected ? map.getBounds() : null;
    return () => {
      document.body.classList.toggle("rg-beside", beside);
      map.invalidateSize({ pan: false });
      atAnyZoom(() => map.setView(centre, zoom, { animate: false }));
    };
  }

  // What was in view, as large as the sheet's map allows.
  function refit() {
    if (!seen) return arrange();
    map.invalidateSize({ pan: false });
    return fit(seen, 12, [0, 0, 0, 0]);
  }

  function closest(bounds, most) {
    return Math.min(most, atAnyZoom(() => map.getBoundsZoom(bounds, false, L.point(EDGE[0] + EDGE[2], EDGE[1] + EDGE[3]))));
  }

  // As close as the window allows, not the next step of the zoom buttons below it.
  function fit(bounds, most, edge = EDGE) {
    atAnyZoom(() => map.fitBounds(bounds, { paddingTopLeft: edge.slice(0, 2), paddingBottomRight: edge.slice(2), maxZoom: most, animate: false }));
  }

  function atAnyZoom(act) {
    const { zoomSnap } = map.options;
    map.options.zoomSnap = 0;
    const found = act();
    map.options.zoomSnap = zoomSnap;
    return found;
  }

  function outside() {
    const size = map.getSize();
    return located(model).filter((i) => {
      const at = map.latLngToContainerPoint(map.unproject([model.placeX[i], model.placeY[i]], 0));
      return at.x < 0 || at.y < 0 || at.x > size.x || at.y > size.y;
    }).length;
  }

  // A period changes what is counted, and with it what passes a filter by flow.
  function periodChanged() {
    controls.tell();
    const at = panel.body.scrollTop;
    changed();
    panel.body.scrollTop = at;
  }

  function hover(event) {
    const item = layer.pick(event.layerPoint);
    container.classList.toggle("rg-over", Boolean(item));
    if (!item) return quiet();
    if (layer.lit?.kind !== item.kind || layer.lit?.at !== item.at) {
      layer.highlight(item);
      clear(tip).append(...panel.tip(item));
    }
    tip.hidden = false;
    const { x, y } = event.containerPoint;
    const left = x + 16 + tip.offsetWidth > container.clientWidth ? x - 16 - tip.offsetWidth : x + 16;
    const down = y + 14 + tip.offsetHeight > container.clientHeight ? y - 14 - tip.offsetHeight : y + 14;
    tip.style.transform = `translate(${Math.round(Math.max(0, left))}px, ${Math.round(Math.max(0, down))}px)`;
    return undefined;
  }

  function quiet() {
    tip.hidden = true;
    if (layer.lit) layer.highlight(null);
  }

  function choose(item, { from = null, zoom = false } = {}) {
    quiet();
    state.selected = item;
    if (item) {
      opener ??= from?.dataset?.kind ? { kind: from.dataset.kind, at: from.dataset.at } : null;
      panel.showEvidence(item);
      live.textContent = say(`chosen.${item.kind}`, { rank: model.corridors[item.at]?.rank ?? item.at + 1, name: item.kind === "place" ? model.label(item.at) : "" });
      if (zoom) goTo(item);
    } else {
      panel.showList();
      const back = opener && panel.body.querySelector(`[data-kind="${opener.kind}"][data-at="${Number(opener.at)}"]`);
      back?.focus();
      opener = null;
    }
    layer.draw();
  }

  // Past search, filters, map and legend, whatever the panel holds: a keyboard has to pass some thirty controls otherwise.
  function toList() {
    panel.tab = "corridors";
    opener = null;
    choose(null);
    (panel.body.querySelector(".rg-row") ?? panel.body).focus();
  }

  function goTo(item) {
    moved = true;
    const { places, legs } = data;
    const stops = { corridor: () => model.corridors[item.at].stops, leg: () => [legs.start[item.at], legs.end[item.at]], place: () => [item.at] };
    const known = stops[item.kind]().filter((stop) => stop >= 0 && model.located(stop));
    if (!known.length) return;
    const bounds = L.latLngBounds(known.map((stop) => map.unproject([model.placeX[stop], model.placeY[stop]], 0)));
    if (item.kind === "place") map.setView(bounds.getCenter(), Math.max(map.getZoom(), 6), { animate: false });
    else fit(bounds.pad(0.18), 8);
  }

  window.routegraph.ready = { model, layer, map, state, controls, search, timeline };
}

window.routegraph = { start, arc, greatCircle, estimate, speak, asked, ready: null };
