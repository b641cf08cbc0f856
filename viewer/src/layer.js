// One canvas for everything that is drawn, and one above it for what the pointer is on.

import L from "leaflet";
import { drawBase } from "./base.js";
import { drawCorridors, drawLegs, drawPlaces, drawRanks, drawSeizures, traceArc } from "./draw.js";
import { diamonds, drawChange, drawDiversion } from "./findings.js";
import { HitIndex } from "./hit.js";
import { Labels } from "./labels.js";
import { COLOUR } from "./style.js";
import { say } from "./words.js";

// More legs than this in one view are a tangle to the eye and slow to redraw: the busiest are shown, and the map says so.
export const LEGS_AT_ONCE = 5000;

export const CaseLayer = L.Renderer.extend({
  options: { padding: 0.12 },

  initialize(model, state, report) {
    L.Renderer.prototype.initialize.call(this, {});
    this.model = model;
    this.state = state;
    this.report = report;
    this.boxes = legBoxes(model);
  },

  _initContainer() {
    this._container = document.createElement("div");
    this._container.className = "rg-canvas";
    this.canvas = document.createElement("canvas");
    this.over = document.createElement("canvas");
    this.canvas.setAttribute("role", "img");
    this.canvas.setAttribute("aria-label", say("canvas"));
    this._container.append(this.canvas, this.over);
  },

  _destroyContainer() {
    this._container.remove();
  },

  _updatePaths() {},

  _update() {
    if (this._map._animatingZoom && this._bounds) return;
    L.Renderer.prototype._update.call(this);
    const size = this._bounds.getSize();
    const ratio = this.sharp || Math.min(2, window.devicePixelRatio || 1);
    L.DomUtil.setPosition(this._container, this._bounds.min);
    for (const canvas of [this.canvas, this.over]) {
      canvas.width = Math.round(size.x * ratio);
      canvas.height = Math.round(size.y * ratio);
      canvas.style.width = `${size.x}px`;
      canvas.style.height = `${size.y}px`;
    }
    this.ratio = ratio;
    this.draw();
  },

  // How world units lie on the canvas.
  view() {
    const scale = this._map.options.crs.scale(this._zoom) / 256;
    const origin = this._map.getPixelOrigin().add(this._bounds.min);
    const size = this._bounds.getSize();
    const shown = this._map.getSize();
    const corner = this._map.containerPointToLayerPoint([0, 0]).subtract(this._bounds.min);
    const seen = [corner.x, corner.y, corner.x + shown.x, corner.y + shown.y];
    return { scale, x: origin.x, y: origin.y, width: size.x, height: size.y, seen, ratio: this.ratio, zoom: this._zoom };
  },

  draw() {
    if (!this._map) return;
    const started = performance.now();
    const view = this.view();
    const ctx = this.canvas.getContext("2d");
    ctx.setTransform(view.ratio, 0, 0, view.ratio, 0, 0);
    drawBase(ctx, view, this.model.data);
    const { layers, corridorsShown, selected } = this.state;
    const inView = layers.legs ? this.legsInView(view) : { legs: [], total: 0 };
    const dimmed = selected?.kind === "corridor";
    const corridors = layers.corridors
      ? this.corridorsShown(corridorsShown, dimmed ? selected.at : -1)
      : [];
    drawSeizures(ctx, view, this.model, layers.seizures);
    drawLegs(ctx, view, this.model, inView.legs, { dimmed, coloured: !corridors.length });
    const chosen = dimmed ? selected.at : -1;
    drawCorridors(ctx, view, this.model, corridors, chosen);
    const places = layers.places || layers.communities || layers.diversion ? this.placesInView(view) : [];
    const rings = layers.diversion ? diamonds(this.model, places) : new Map();
    const labels = new Labels(ctx, view, rings);
    const order = labels.order(this.model, places, corridors, selected);
    labels.reserve(this.model, order);
    const changed = layers.change ? this.changedInView(view) : [];
    drawChange(ctx, view, this.model, { legs: changed, labels });
    this.labels = labels;
    drawDiversion(ctx, view, this.model, rings);
    drawPlaces(ctx, view, this.model, places, layers);
    drawRanks(ctx, view, this.model, corridors, { selected: chosen, labels });
    labels.names(this.model, order, true);
    labels.names(this.model, order, false);
    labels.countries(this.model);
    this.hits = new HitIndex(view, this.model, { legs: layers.legs ? inView.legs : changed, corridors, places });
    clearTimeout(this.indexing);
    this.indexing = setTimeout(() => this.hits.build(), 30);
    this.report({ shown: inView.legs.length, inView: inView.total, all: this.model.data.legs.count });
    this.drawMilliseconds = performance.now() - started;
    this.highlight(this.lit);
  },

  // The first that pass the filters, and the chosen one in any case.
  corridorsShown(most, chosen) {
    const first = new Set(this.model.corridors.filter((one) => this.model.passesCorridor(one, this.state.filters)).slice(0, most));
    return this.model.corridors.filter((one) => first.has(one) || one.at === chosen);
  },

  legsInView(view) {
    const legs = [];
    let total = 0;
    const { boxes } = this;
    const west = view.x / view.scale;
    const north = view.y / view.scale;
    const east = west + view.width / view.scale;
    const south = north + view.height / view.scale;
    const filter = this.model.filter(this.state.filters);
    const order = this.model.period === null ? null : this.model.clock.order;
    const most = order ? order.length : this.model.data.legs.count;
    for (let n = 0; n < most; n += 1) {
      const i = order ? order[n] : n;
      const k = 4 * i;
      if (!(boxes[k] < east && boxes[k + 2] > west && boxes[k + 1] < south && boxes[k + 3] > north)) continue;
      if (!filter.leg(i)) continue;
      total += 1;
      if (legs.length < LEGS_AT_ONCE) legs.push(i);
    }
    return { legs, total };
  },

  // Of the whole time, also where a period is in force: a change is between periods.
  changedInView(view) {
    const { boxes } = this;
    const filter = this.model.filter({ ...this.state.filters, flow: 0 });
    const [west, north] = [view.x / view.scale, view.y / view.scale];
    const [east, south] = [west + view.width / view.scale, north + view.height / view.scale];
    const seen = (k) => boxes[k] < east && boxes[k + 2] > west && boxes[k + 1] < south && boxes[k + 3] > north;
    return [...(this.model.data.change?.at || [])].filter((i) => seen(4 * i) && filter.leg(i) && this.model.changeOf(i).what);
  },

  placesInView(view) {
    const found = [];
    const wanted = this.model.placesOf(this.state.filters);
    for (let i = 0; i < this.model.data.places.count; i += 1) {
      const x = this.model.placeX[i] * view.scale - view.x;
      const y = this.model.placeY[i] * view.scale - view.y;
      if (!wanted.has(i)) continue;
      if (x > -30 && y > -30 && x < view.width + 30 && y < view.height + 30) found.push(i);
    }
    return found;
  },

  // What lies under a point of the map's layer, nearest first: a place, then a corridor, then a leg.
  pick(layerPoint) {
    return this.hits ? this.hits.at(layerPoint.x - this._bounds.min.x, layerPoint.y - this._bounds.min.y) : null;
  },

  highlight(item) {
    this.lit = item;
    const view = this.view();
    const ctx = this.over.getContext("2d");
    ctx.setTransform(view.ratio, 0, 0, view.ratio, 0, 0);
    ctx.clearRect(0, 0, view.width, view.height);
    for (const one of [item, this.state.selected]) if (one) this.mark(ctx, view, one);
  },

  mark(ctx, view, item) {
    ctx.lineCap = "round";
    ctx.lineJoin = "round";
    if (item.kind === "place") {
      if (!this.model.located(item.at)) return;
      ctx.beginPath();
      const x = this.model.placeX[item.at] * view.scale - view.x;
      const y = this.model.placeY[item.at] * view.scale - view.y;
      ctx.arc(x, y, this.model.radius(item.at) + 4, 0, 2 * Math.PI);
      stroked(ctx, 3);
    } else if (item.kind === "leg") {
      const { legs } = this.model.data;
      if (!this.model.located(legs.start[item.at]) || !this.model.located(legs.end[item.at])) return;
      ctx.beginPath();
      for (const piece of this.model.arc(item.at)) traceArc(ctx, view, piece, 0);
      stroked(ctx, Math.max(2.5, this.model.legWidth(item.at)));
    } else if (item !== this.state.selected) {
      ctx.beginPath();
      const corridor = this.model.corridors[item.at];
      for (const pair of corridor.pairs) for (const piece of this.model.arcBetween(pair.from, pair.to)) traceArc(ctx, view, piece, pair.lane * 5);
      stroked(ctx, 3);
    }
  },
});

function stroked(ctx, width) {
  ctx.strokeStyle = COLOUR.place;
  ctx.lineWidth = width + 3;
  ctx.stroke();
  ctx.strokeStyle = COLOUR.select;
  ctx.lineWidth = width;
  ctx.stroke();
}

// A box in world units around each leg, with room for its bulge; NaN where an end has no position, so that it is never drawn.
function legBoxes(model) {
  const { legs, centre } = model.data;
  const boxes = new Float32Array(legs.count * 4);
  const west = ((centre) / 360) * 256;
  for (let i = 0; i < legs.count; i += 1) {
    const [x1, y1] = [model.placeX[legs.start[i]], model.placeY[legs.start[i]]];
    const [x2, y2] = [model.placeX[legs.end[i]], model.placeY[legs.end[i]]];
    const round = Math.abs(x1 - x2) > 128;
    const room = 0.3 * (Math.abs(x1 - x2) + Math.abs(y1 - y2)) + 1;
    boxes[4 * i] = round ? west : Math.min(x1, x2) - room;
    boxes[4 * i + 1] = round ? Math.min(y1, y2) - 128 : Math.min(y1, y2) - room;
    boxes[4 * i + 2] = round ? west + 256 : Math.max(x1, x2) + room;
    boxes[4 * i + 3] = round ? Math.max(y1, y2) + 128 : Math.max(y1, y2) + room;
    if (Number.isNaN(x1 + x2 + y1 + y2)) boxes.fill(NaN, 4 * i, 4 * i + 4);
  }
  return boxes;
}
