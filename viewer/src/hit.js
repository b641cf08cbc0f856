// What is under the pointer: an index over the pieces of line that were drawn, made after each drawing.

import Flatbush from "flatbush";

const REACH = 7;

export class HitIndex {
  constructor(view, model, drawn) {
    Object.assign(this, { view, model, drawn });
  }

  build() {
    if (this.ready) return;
    this.ready = true;
    const { view, model } = this;
    const xs = [];
    const owners = [];
    const add = (piece, owner) => {
      for (let i = 0; i + 3 < piece.length; i += 2) {
        xs.push(piece[i] * view.scale - view.x, piece[i + 1] * view.scale - view.y);
        xs.push(piece[i + 2] * view.scale - view.x, piece[i + 3] * view.scale - view.y);
        owners.push(owner);
      }
    };
    this.items = [];
    for (const one of this.drawn.corridors) {
      this.items.push({ kind: "corridor", at: one.at, reach: one.width / 2 + 6 });
      for (const pair of one.pairs) for (const piece of model.arcBetween(pair.from, pair.to)) add(piece, this.items.length - 1);
    }
    for (const leg of this.drawn.legs) {
      this.items.push({ kind: "leg", at: leg, reach: REACH });
      for (const piece of model.arc(leg)) add(piece, this.items.length - 1);
    }
    this.segments = Float32Array.from(xs);
    this.owners = owners;
    if (!owners.length) return;
    this.tree = new Flatbush(owners.length, 16, Float32Array);
    for (let k = 0; k < owners.length; k += 1) {
      const s = this.segments.subarray(4 * k, 4 * k + 4);
      this.tree.add(Math.min(s[0], s[2]), Math.min(s[1], s[3]), Math.max(s[0], s[2]), Math.max(s[1], s[3]));
    }
    this.tree.finish();
  }

  at(x, y) {
    this.build();
    return this.place(x, y) || this.line(x, y);
  }

  place(x, y) {
    let best = null;
    let nearest = Infinity;
    const { view, model } = this;
    for (const i of this.drawn.places) {
      const away = Math.hypot(model.placeX[i] * view.scale - view.x - x, model.placeY[i] * view.scale - view.y - y) - model.radius(i);
      if (away < 4 && away < nearest) {
        nearest = away;
        best = { kind: "place", at: i };
      }
    }
    return best;
  }

  line(x, y) {
    if (!this.tree) return null;
    let best = null;
    let nearest = Infinity;
    for (const k of this.tree.search(x - 12, y - 12, x + 12, y + 12)) {
      const item = this.items[this.owners[k]];
      const away = distance(x, y, this.segments, 4 * k);
      // A corridor lies over its legs, so it wins wherever both are in reach.
      const rank = item.kind === "corridor" ? away - 1000 : away;
      if (away <= item.reach && rank < nearest) {
        nearest = rank;
        best = item;
      }
    }
    return best && { kind: best.kind, at: best.at };
  }
}

function distance(x, y, s, k) {
  const dx = s[k + 2] - s[k];
  const dy = s[k + 3] - s[k + 1];
  const square = dx * dx + dy * dy;
  const t = square ? Math.max(0, Math.min(1, ((x - s[k]) * dx + (y - s[k + 1]) * dy) / square)) : 0;
  return Math.hypot(s[k] + t * dx - x, s[k + 1] + t * dy - y);
}
