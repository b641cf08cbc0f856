// Names on the canvas: the most important first, none over another.

import { word } from "./decode.js";
import { along, pixelsAlong } from "./draw.js";
import { COLOUR, FONT } from "./style.js";
import { worldX, worldY } from "./geo.js";

const CUT = 30;
// Marks that turn the direction of text are left out of a drawn label: there is no element around it to contain them.
const TURNS = /[\u200e\u200f\u202a-\u202e\u2066-\u2069\u0000-\u001f]/g;
const short = (text) => {
  const clean = [...text.replace(TURNS, "").replace(/ (International |Intl\.? )?Airport$/, " airport")];
  return clean.length > CUT ? `${clean.slice(0, CUT - 1).join("")}\u2026` : clean.join("");
};

export class Labels {
  // `rings` says how far what is drawn around a place reaches, where that is more than the place.
  constructor(ctx, view, rings) {
    this.ctx = ctx;
    this.rings = rings;
    this.written = [];
    this.view = view;
    const [left, top, right, bottom] = view.seen;
    // Names stay inside what is seen (the canvas reaches a little beyond), and off the zoom buttons and the north arrow.
    this.bounds = [left + 2, top + 2, right - 2, bottom - 2];
    this.taken = [[right - 56, top, right, top + 136], [left, bottom - 30, left + 150, bottom]];
  }

  reach(model, i) {
    return Math.max(model.radius(i), (this.rings.get(i) || 0) * 0.9);
  }

  free(box) {
    const [left, top, right, bottom] = this.bounds;
    if (box[0] < left || box[1] < top || box[2] > right || box[3] > bottom) return false;
    return !this.taken.some((one) => box[0] < one[2] && box[2] > one[0] && box[1] < one[3] && box[3] > one[1]);
  }

  // Keep a box to oneself, if it is free.
  take(box) {
    const free = this.free(box);
    if (free) {
      this.taken.push(box);
      this.written.push(box);
    }
    return free;
  }

  // The rank of a corridor in a disc on its longest leg; beside it where there is no room on any.
  badge(corridor, pieces, view) {
    const sorted = [...pieces].sort((a, b) => pixelsAlong(b[0], view) - pixelsAlong(a[0], view));
    for (const beside of [0, 16, -16, 28, -28]) for (const [piece, aside] of sorted) {
      if (pixelsAlong(piece, view) < 24) break;
      for (const share of [0.5, 0.42, 0.58, 0.34, 0.66]) {
        const at = along(piece, view, share, aside);
        const [x, y] = [at.x - Math.sin(at.heading) * beside, at.y + Math.cos(at.heading) * beside];
        if (!this.take([x - 10, y - 10, x + 10, y + 10])) continue;
        const { ctx } = this;
        ctx.beginPath();
        ctx.arc(x, y, 9, 0, 2 * Math.PI);
        ctx.fillStyle = corridor.colour;
        ctx.strokeStyle = COLOUR.paper;
        ctx.lineWidth = 2;
        ctx.fill();
        ctx.stroke();
        ctx.font = `700 11.5px ${FONT}`;
        ctx.textAlign = "center";
        ctx.textBaseline = "middle";
        const text = String(corridor.rank ?? corridor.at + 1);
        ctx.lineWidth = 2.5;
        ctx.strokeStyle = "rgba(0,0,0,0.45)";
        ctx.strokeText(text, x, y + 0.5);
        ctx.fillStyle = COLOUR.paper;
        ctx.fillText(text, x, y + 0.5);
        return;
      }
    }
  }

  // Keep names off the symbols of the places that matter most.
  reserve(model, order) {
    for (const i of order.slice(0, 60)) {
      const [x, y, r] = [model.placeX[i] * this.view.scale - this.view.x, model.placeY[i] * this.view.scale - this.view.y, this.reach(model, i)];
      this.taken.push([x - r, y - r, x + r, y + r]);
    }
  }

  // Which places come first: those of the chosen corridor, those of corridors by rank, then by throughflow.
  order(model, places, corridors, selected) {
    this.first = new Map();
    for (const one of corridors) {
      const worth = selected?.kind === "corridor" && selected.at === one.at ? 2e6 : 1e6 - one.at;
      one.stops.forEach((stop, k) => {
        // The ends of a corridor are named before its middle.
        const end = k === 0 || k === one.stops.length - 1 ? 0.5 : 0;
        this.first.set(stop, Math.max(this.first.get(stop) || 0, worth + end));
      });
    }
    const rank = (i) => (this.first.get(i) || 0) * 100 + model.radius(i);
    return [...places].sort((a, b) => rank(b) - rank(a) || a - b);
  }

  names(model, order, strong) {
    const most = Math.max(10, Math.round((this.view.width * this.view.height) / (strong ? 18000 : 30000)));
    const size = strong ? 14 : 12;
    const countriesOnly = model.data.places.kind?.words.every((kind) => kind === "country");
    let drawn = 0;
    for (const i of order) {
      if (drawn >= most) break;
      if (this.first.has(i) !== strong) continue;
      // A country among places stands for records that say no more than that; slanted, it is not taken for a town.
      const vague = !countriesOnly && word(model.data.places.kind, i) === "country";
      const font = `${vague ? "italic" : ""} ${strong ? 600 : 400} ${size}px ${FONT}`;
      if (this.place(short(model.name(i)), model, i, { size, font })) drawn += 1;
    }
  }

  place(text, model, i, { size, font }) {
    const { ctx, view } = this;
    ctx.font = font;
    const width = ctx.measureText(text).width;
    const x = model.placeX[i] * view.scale - view.x;
    const y = model.placeY[i] * view.scale - view.y;
    const gap = this.reach(model, i) + 4;
    const half = size * 0.55;
    const spots = [];
    for (const out of [gap, gap + 8]) {
      spots.push([x + out, y], [x - out - width, y], [x + out * 0.75, y - out], [x + out * 0.75, y + out]);
      spots.push([x - out * 0.75 - width, y - out], [x - out * 0.75 - width, y + out]);
      spots.push([x - width / 2, y - out - half], [x - width / 2, y + out + half]);
    }
    for (const [left, middle] of spots) {
      const box = [left - 1, middle - half, left + width + 1, middle + half];
      if (!this.take(box)) continue;
      this.write(text, left, middle, { fill: COLOUR.place, halo: 3.5, align: "left" });
      return true;
    }
    return false;
  }

  write(text, x, y, { fill, halo, align }) {
    const { ctx } = this;
    ctx.textAlign = align;
    ctx.textBaseline = "middle";
    ctx.lineJoin = "round";
    ctx.lineWidth = halo;
    ctx.strokeStyle = "rgba(255,255,255,0.9)";
    ctx.strokeText(text, x, y);
    ctx.fillStyle = fill;
    ctx.fillText(text, x, y);
  }

  // Countries of the base map, faint and spaced, where nothing else stands and the country is wide enough.
  countries(model) {
    const { ctx, view } = this;
    if (model.data.places.count && model.data.places.kind?.words.every((kind) => kind === "country")) return;
    ctx.save();
    for (const [name, lon, lat, degrees] of model.data.base.names) {
      const wide = (degrees / 360) * 256 * view.scale;
      if (wide < 70) continue;
      const size = wide > 260 ? 15 : 12;
      ctx.font = `500 ${size}px ${FONT}`;
      ctx.letterSpacing = "2px";
      const text = name.toUpperCase();
      const half = ctx.measureText(text).width / 2;
      const x = worldX(lon) * view.scale - view.x;
      const y = worldY(lat) * view.scale - view.y;
      const box = [x - half, y - size / 2, x + half, y + size / 2];
      if (2 * half > wide * 1.6 || !this.take(box)) continue;
      this.write(text, x, y, { fill: COLOUR.country, halo: 3, align: "center" });
    }
    ctx.letterSpacing = "0px";
    ctx.restore();
  }
}
