// The case as the layer draws it and the panel words it.

import { number, word } from "./decode.js";
import { about, arc, kilometres, worldX, worldY } from "./geo.js";
import { corridorWidth, legWidth, placeRadius, ramp, seizureRadius, STATUS, UNRECORDED } from "./style.js";

const largest = (column) => {
  let most = 0;
  if (column) for (const value of column) if (value > most) most = value;
  return most;
};

export class Model {
  constructor(data) {
    this.data = data;
    const { places, legs, corridors } = data;
    this.most = {
      leg: largest(legs.flow_mean),
      place: largest(places.throughflow_mean),
      seizures: largest(places.seizures),
      corridor: Math.max(0, ...corridors.map((one) => one.flow_mean || 0)),
    };
    this.placeX = new Float64Array(places.count);
    this.placeY = new Float64Array(places.count);
    for (let i = 0; i < places.count; i += 1) {
      this.placeX[i] = worldX(about(places.lon[i], data.centre));
      this.placeY[i] = worldY(places.lat[i]);
    }
    this.located = (i) => Number.isFinite(places.lat[i]) && Number.isFinite(places.lon[i]);
    this.legAt = new Map();
    this.undrawn = 0;
    for (let i = 0; i < legs.count; i += 1) {
      this.legAt.set(legs.start[i] * places.count + legs.end[i], i);
      if (!this.located(legs.start[i]) || !this.located(legs.end[i])) this.undrawn += 1;
    }
    this.arcs = new Array(legs.count);
    this.anyUnrecorded = [...Array(legs.count).keys()].some((i) => this.status(i) === UNRECORDED);
    this.scores = null;
    this.prepareCorridors(corridors);
  }

  prepareCorridors(corridors) {
    const lanes = new Map();
    this.corridors = corridors.map((one, at) => {
      const pairs = [];
      for (let k = 0; k + 1 < one.stops.length; k += 1) {
        const [from, to] = [one.stops[k], one.stops[k + 1]];
        if (from < 0 || to < 0 || !this.located(from) || !this.located(to)) continue;
        const key = from * this.data.places.count + to;
        const lane = lanes.get(key) || 0;
        lanes.set(key, lane + 1);
        pairs.push({ from, to, status: one.steps?.[k] ?? 0, lane: Math.min(lane, 3), leg: this.legAt.get(key) ?? -1 });
      }
      return { ...one, at, pairs, colour: ramp(0.7), width: corridorWidth(one.flow_mean, this.most.corridor) };
    });
  }

  // Colours by score over the corridors that are drawn; the scale spans a tenth at least, so that near-equals look alike.
  recolour(drawn) {
    const scores = this.corridors.slice(0, drawn).map((one) => one.score).filter(Number.isFinite);
    if (!scores.length) return;
    const high = Math.max(...scores);
    const low = Math.min(Math.max(0, high - 0.1), ...scores);
    this.scores = [low, high];
    for (const one of this.corridors) {
      one.colour = Number.isFinite(one.score) && high > low ? ramp((one.score - low) / (high - low)) : ramp(0.7);
    }
  }

  status(leg) {
    const { legs } = this.data;
    for (let k = 0; k < 3; k += 1) if (number(legs[STATUS[k]], leg) > 0) return k;
    // A column that the table lacks says nothing; zeros in all of them say that no record uses the leg.
    return STATUS.slice(0, 3).some((name) => legs[name] !== undefined) ? UNRECORDED : 2;
  }

  // The verdicts that stand anywhere in the case, for the filter.
  verdicts() {
    const { legs, places, corridors } = this.data;
    const found = new Set(corridors.map((one) => one.verdict || ""));
    for (const table of [legs, places]) if (table.verdict) for (const code of new Set(table.verdict.codes)) found.add(table.verdict.words[code]);
    found.delete("");
    return [...found].sort();
  }

  // Places of a verdict, and those at the ends of legs and corridors of it; all of them where none is asked for.
  placesOf(wanted) {
    if (this.wantedPlaces?.verdict === wanted) return this.wantedPlaces.found;
    const { places, legs } = this.data;
    const found = new Set([...Array(places.count).keys()].filter((i) => this.passes(word(places.verdict, i), wanted)));
    for (const one of this.corridors) if (this.passes(one.verdict || "", wanted)) one.stops.forEach((stop) => found.add(stop));
    for (let i = 0; i < legs.count; i += 1) if (this.passes(word(legs.verdict, i), wanted)) found.add(legs.start[i]).add(legs.end[i]);
    this.wantedPlaces = { verdict: wanted, found };
    return found;
  }

  // Whether something is of the verdict that the reader asked for; '' asks for all.
  passes(verdict, wanted) {
    return !wanted || verdict === wanted;
  }

  legWidth(leg) {
    return legWidth(number(this.data.legs.flow_mean, leg), this.most.leg);
  }

  radius(place) {
    return placeRadius(number(this.data.places.throughflow_mean, place), this.most.place);
  }

  seizureRadius(place) {
    return seizureRadius(number(this.data.places.seizures, place), this.most.seizures);
  }

  // Pieces of a leg in world units, worked out when first drawn.
  arc(leg) {
    const { legs } = this.data;
    this.arcs[leg] ??= this.arcBetween(legs.start[leg], legs.end[leg], legs.count > 20000 ? 8 : 24);
    return this.arcs[leg];
  }

  arcBetween(from, to, steps = 24) {
    const { places, centre } = this.data;
    const wide = Math.abs(places.lon[from] - places.lon[to]) + Math.abs(places.lat[from] - places.lat[to]);
    const fine = Math.max(steps, Math.min(64, Math.ceil(wide / 3)));
    return arc(places.lat[from], places.lon[from], places.lat[to], places.lon[to], { centre, steps: steps < 12 ? steps : fine });
  }

  name(place) {
    if (place < 0) return "(unknown place)";
    const { places } = this.data;
    return places.name[place] || places.id[place];
  }

  country(place) {
    return place < 0 ? "" : word(this.data.places.country, place);
  }

  label(place) {
    const country = this.country(place);
    return country && country !== this.data.places.id[place] ? `${this.name(place)} (${country})` : this.name(place);
  }

  distance(leg) {
    const { places, legs } = this.data;
    const [a, b] = [legs.start[leg], legs.end[leg]];
    return kilometres(places.lat[a], places.lon[a], places.lat[b], places.lon[b]);
  }
}
