// What the first view shows: the corridors and nearly all of the traffic, as large as the window lets them be.

import { number, word } from "./decode.js";

// Far places that together carry less than this share of throughflow may lie outside the first view, which says how many do.
const MAY_LEAVE = 0.06;
// A smaller frame has to be worth it: this much smaller in area, at least.
const WORTH = 0.8;
// Only what lies apart is left out: this share of the frame's width or height, at least, from the next place inward.
const LEAST_GAP = 0.08;
// Places that may leave together at one side.
const AT_ONCE = 25;
// Above this many places the frame holds them all: a cloud has no outliers worth the time.
const MOST = 2000;

export function located(model) {
  return [...Array(model.data.places.count).keys()].filter((i) => model.located(i));
}

// The places that the first view has to hold. The middle of a country that a record names without saying where in it is no
// place to make room for; a case of countries is shown whole.
export function framePlaces(model, first) {
  const known = located(model);
  const exact = known.filter((i) => word(model.data.places.kind, i) !== "country");
  if (exact.length < 2) return known;
  if (exact.length > MOST) return exact;
  const pinned = new Set(model.corridors.slice(0, first).flatMap((one) => one.stops));
  return trimmed(model, exact, pinned);
}

// Take the outermost places of one side away again and again, first where the frame shrinks most for the traffic it loses.
function trimmed(model, places, pinned) {
  const flow = (i) => Math.max(0, number(model.data.places.throughflow_mean, i) || 0);
  let budget = MAY_LEAVE * places.reduce((sum, i) => sum + flow(i), 0);
  const free = budget * 1e-3 + 1e-9;
  let kept = places;
  const before = extent(model, kept);
  for (;;) {
    let best = null;
    for (const axis of [model.placeX, model.placeY]) {
      const inward = [...kept].sort((a, b) => axis[a] - axis[b]);
      const span = axis[inward[inward.length - 1]] - axis[inward[0]] || 1e-9;
      for (const line of [inward, [...inward].reverse()]) {
        let cost = 0;
        for (let k = 0; k < Math.min(AT_ONCE, line.length - 2); k += 1) {
          cost += flow(line[k]);
          if (pinned.has(line[k]) || cost > budget) break;
          const gain = Math.abs(axis[line[k + 1]] - axis[line[0]]) / span;
          const worth = gain / (cost + free);
          const gap = Math.abs(axis[line[k + 1]] - axis[line[k]]) / span;
          if (gap >= LEAST_GAP && (!best || worth > best.worth)) best = { worth, cost, gone: new Set(line.slice(0, k + 1)) };
        }
      }
    }
    if (!best) break;
    budget -= best.cost;
    kept = kept.filter((i) => !best.gone.has(i));
  }
  return extent(model, kept) < WORTH * before ? kept : places;
}

function extent(model, places) {
  let [west, east, north, south] = [Infinity, -Infinity, Infinity, -Infinity];
  for (const i of places) {
    west = Math.min(west, model.placeX[i]);
    east = Math.max(east, model.placeX[i]);
    north = Math.min(north, model.placeY[i]);
    south = Math.max(south, model.placeY[i]);
  }
  return (east - west) * (south - north);
}
