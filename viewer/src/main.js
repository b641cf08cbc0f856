// The map of a case: Leaflet underneath, one canvas, lists and evidence beside it. Everything shown comes from the page itself.

import L from "leaflet";
import marker from "leaflet/dist/images/marker-icon.png";
import markerTwice from "leaflet/dist/images/marker-icon-2x.png";
import shadow from "leaflet/dist/images/marker-shadow.png";
import { readCase, word } from "./decode.js";
import { clear, el } from "./dom.js";
import { caveatBox, labelScale, legend, northArrow, notice, syntheticBar, titleBar } from "./furniture.js";
import { arc, greatCircle } from "./geo.js";
import { CaseLayer } from "./layer.js";
import { Model } from "./model.js";
import { Panel } from "./panel.js";

window.L = L;
// Markers that a user adds through folium show without a request.
L.Icon.Default.imagePath = "";
L.Icon.Default.mergeOptions({ iconUrl: marker, iconRetinaUrl: markerTwice, shadowUrl: shadow });

const FIRST = 10;

async function start(map, island) {
  try {
    const data = await readCase(island);
    await document.fonts?.ready;
    open(map, data);
  } catch (error) {
    const line = el("p", { class: "rg-failed", role: "alert", text: `This map could not be drawn: ${error.message}. The tables beside it (CSV) hold the case.` });
    document.body.append(line);
    throw error;
  }
}

function open(map, data) {
  const model = new Model(data);
  const state = {
    layers: { corridors: true, legs: true, places: true, seizures: false },
    corridorsShown: Math.min(FIRST, model.corridors.length),
    selected: null,
  };
  model.recolour(state.corridorsShown);
  const container = map.getContainer();
  const told = notice();
  const layer = new CaseLayer(model, state, (counts) => told.say(counts, model.undrawn));
  const panel = new Panel(model, { choose });
  let opener = null;

  document.body.classList.add("rg-page");
  const top = document.querySelector(".rg-marking.rg-top");
  const head = el("div", { class: "rg-head" }, titleBar(data), data.synthetic ? syntheticBar() : null);
  top.after(head);
  const side = el("aside", { class: "rg-side" }, panel.root, caveatBox(data));
  container.setAttribute("aria-label", "Map; arrow keys move it, plus and minus zoom");

  map.attributionControl.setPrefix(false);
  map.attributionControl.addAttribution("Base map: Natural Earth | Leaflet");
  L.control.scale({ position: "bottomleft", maxWidth: 140, imperial: false }).addTo(map);
  const key = legend(model, state, () => {
    model.recolour(state.corridorsShown);
    labelScale(key, model);
    if (!state.selected) panel.showList();
    layer.draw();
  });
  labelScale(key, model);
  container.after(key, side);
  const boxes = [northArrow(), told.root];
  for (const box of boxes) {
    container.append(box);
    L.DomEvent.disableClickPropagation(box);
    L.DomEvent.disableScrollPropagation(box);
  }
  map.invalidateSize();
  map.setMaxBounds([[-88, data.centre - 200], [88, data.centre + 200]]);
  const whole = withBulge(caseBounds());
  fit(whole, 8);
  layer.addTo(map);
  // Until someone moves the map, a window that changes size shows the whole case again.
  let moved = false;
  container.addEventListener("wheel", () => { moved = true; }, { passive: true });
  map.on("dragstart", () => { moved = true; });
  map.on("resize", () => { if (!moved && !state.selected) fit(whole, 8); });

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

  // Around the places; the middle of a country that a record names without saying where in it is no place to make room for.
  function caseBounds() {
    const known = [...Array(data.places.count).keys()].filter((i) => model.located(i));
    const exact = known.filter((i) => word(data.places.kind, i) !== "country");
    const [west, south, east, north] = data.window;
    if (!exact.length) return L.latLngBounds([[south, west], [north, east]]);
    const bounds = L.latLngBounds(exact.map((i) => map.unproject([model.placeX[i], model.placeY[i]], 0)));
    return exact.length < 2 ? bounds.pad(0).extend([south, west]).extend([north, east]) : bounds;
  }

  // Great circles reach poleward of their ends: room for the corridors and the busiest legs.
  function withBulge(bounds) {
    const shown = model.corridors.slice(0, FIRST).flatMap((one) => one.pairs.flatMap((pair) => model.arcBetween(pair.from, pair.to)));
    for (let i = 0; i < Math.min(30, data.legs.count); i += 1) {
      if (model.located(data.legs.start[i]) && model.located(data.legs.end[i])) shown.push(...model.arc(i));
    }
    for (const piece of shown) for (let k = 0; k < piece.length; k += 2) bounds.extend(map.unproject([piece[k], piece[k + 1]], 0));
    return bounds;
  }

  function fit(bounds, most) {
    map.fitBounds(bounds, { paddingTopLeft: [44, 22], paddingBottomRight: [60, 22], maxZoom: most, animate: false });
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
      if (zoom) goTo(item);
    } else {
      panel.showList();
      const back = opener && panel.body.querySelector(`[data-kind="${opener.kind}"][data-at="${Number(opener.at)}"]`);
      back?.focus();
      opener = null;
    }
    layer.draw();
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

  window.routegraph.ready = { model, layer, map, state };
}

window.routegraph = { start, arc, greatCircle, ready: null };
