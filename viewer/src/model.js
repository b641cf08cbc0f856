// The case as the layer draws it and the panel words it.

import { number, word } from "./decode.js";
import { Filter, keyOf, options } from "./filter.js";
import { about, arc, kilometres, worldX, worldY } from "./geo.js";
import { bandWidth, certainty, communityColour, corridorWidth, legWidth, placeRadius, ramp, seizureRadius, STATUS, surpriseColour, UNRECORDED } from "./style.js";
import { Clock } from "./time.js";
import { has, say } from "./words.js";

const largest = (column) => {
  let most = 0;
  if (column) for (const value of column) if (value > most) most = value;
  return most;
};

export class Model {
  constructor(data) {
    this.data = data;
    const { places, legs, corridors } = data;
    this.whole = {
      leg: largest(legs.flow_mean),
      place: largest(places.throughflow_mean),
      seizures: largest(places.seizures),
      corridor: Math.max(0, ...corridors.map((one) => one.flow_mean || 0)),
    };
    this.most = this.whole;
    this.clock = new Clock(this);
    this.periods = this.clock.labels;
    this.filters = new Map();
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
    this.findSurprise();
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

  // Colour of each corridor: by surprise, on one scale for the whole case; by score where the estimator has none.
  recolour(drawn) {
    if (this.colourBy === "surprise") {
      for (const one of this.corridors) one.colour = surpriseColour(one.surprise, this.surpriseRange[1]);
      return;
    }
    // The scale of scores spans a tenth at least, so that near-equals look alike.
    const scores = this.corridors.slice(0, drawn).map((one) => one.score).filter(Number.isFinite);
    if (!scores.length) return;
    const high = Math.max(...scores);
    const low = Math.min(Math.max(0, high - 0.1), ...scores);
    this.scores = [low, high];
    for (const one of this.corridors) {
      one.colour = Number.isFinite(one.score) && high > low ? ramp((one.score - low) / (high - low)) : ramp(0.7);
    }
  }

  // What colour tells, and how far its scale reaches to either side: most of the corridors' surprise, 1 to 4.
  findSurprise() {
    const { legs } = this.data;
    const told = this.corridors.map((one) => Math.abs(one.surprise)).filter(Number.isFinite);
    const known = told.length ? told : Array.from((legs.surprise || []).slice(0, 500), Math.abs).filter(Number.isFinite);
    this.colourBy = known.length && (told.length || !this.corridors.length) ? "surprise" : "score";
    const far = known.sort((a, b) => a - b)[Math.floor(0.95 * known.length)] || 1;
    const most = Math.min(4, Math.max(1, Math.ceil(far)));
    this.surpriseRange = [-most, most];
  }

  legColour(leg) {
    return this.colourBy === "surprise" ? surpriseColour(number(this.data.legs.surprise, leg), this.surpriseRange[1]) : null;
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

  // What the reader may filter by, as far as it tells anything apart.
  options() {
    this.choices ??= options(this);
    return this.choices;
  }

  // A filter ready for use; what it found is kept until the period changes.
  filter(filters) {
    const key = keyOf(filters);
    if (!this.filters.has(key)) {
      if (this.filters.size > 20) this.filters.clear();
      this.filters.set(key, new Filter(this, filters));
    }
    return this.filters.get(key);
  }

  passesLeg(leg, filters) {
    return this.filter(filters).leg(leg);
  }

  passesCorridor(one, filters) {
    return this.filter(filters).corridor(one);
  }

  placesOf(filters) {
    const filter = this.filter(filters);
    filter.found ??= filter.places();
    return filter.found;
  }

  // Whether something is of the verdict that the reader asked for; '' asks for all.
  passes(verdict, wanted) {
    return !wanted || verdict === wanted;
  }

  // From here on flow, widths, radii and seizures are those of one period; null: of the whole time.
  setPeriod(index) {
    this.clock.set(index);
    this.filters.clear();
    const { clock, whole } = this;
    this.most = clock.now ? { leg: clock.most("leg"), place: clock.most("place"), seizures: clock.most("seizures"), corridor: whole.corridor * this.shareOfMost() } : whole;
    for (const one of this.corridors) one.width = corridorWidth(this.corridorFlow(one), this.most.corridor);
  }

  get period() {
    return this.clock.at;
  }

  // The busiest that a corridor is in any period, as a share of the busiest of all.
  shareOfMost() {
    if (this.corridorTop === undefined) {
      const { clock } = this;
      const before = clock.at;
      let top = 0;
      for (let k = 0; k < this.periods.length; k += 1) {
        clock.at = k;
        for (const one of this.corridors) top = Math.max(top, this.corridorFlow(one) || 0);
      }
      clock.at = before;
      this.corridorTop = this.whole.corridor > 0 ? top / this.whole.corridor : 0;
    }
    return this.corridorTop;
  }

  flow(leg) {
    const { now } = this.clock;
    return now ? now.flow[leg] : number(this.data.legs.flow_mean, leg);
  }

  // Ends of the 90 % interval of a leg's flow; NaN where the page does not hold them.
  flowBounds(leg) {
    const { legs } = this.data;
    return this.clock.now ? this.clock.bounds(leg) : [number(legs.flow_p05, leg), number(legs.flow_p95, leg)];
  }

  // In a period: the corridor's flow in proportion to the flow of its legs.
  corridorShare(one) {
    const { now } = this.clock;
    if (!now) return 1;
    let [part, all] = [0, 0];
    for (const { leg } of one.pairs) {
      if (leg < 0) continue;
      part += now.flow[leg] || 0;
      all += number(this.data.legs.flow_mean, leg) || 0;
    }
    return all > 0 ? part / all : NaN;
  }

  corridorFlow(one) {
    return (one.flow_mean ?? NaN) * this.corridorShare(one);
  }

  // Width of the band that reaches to the upper end of a corridor's interval; 0 where levels are not told.
  corridorBand(one) {
    return this.data.levelsTold ? bandWidth((one.flow_p95 ?? NaN) * this.corridorShare(one), this.most.corridor) : 0;
  }

  corridorSure(one) {
    return certainty(one.flow_p05 ?? NaN, one.flow_mean ?? NaN, one.flow_p95 ?? NaN);
  }

  legSure(leg) {
    const [low, high] = this.flowBounds(leg);
    return certainty(low, this.flow(leg), high);
  }

  legWidth(leg) {
    return legWidth(this.flow(leg), this.most.leg);
  }

  throughflow(place) {
    const { now } = this.clock;
    return now ? now.through[place] : number(this.data.places.throughflow_mean, place);
  }

  radius(place) {
    return placeRadius(this.throughflow(place), this.most.place);
  }

  seizureCount(place) {
    return this.clock.now ? this.clock.seizures(place) : number(this.data.places.seizures, place);
  }

  seizureRadius(place) {
    return seizureRadius(this.seizureCount(place), this.most.seizures);
  }

  // ---- what the analyses say

  available() {
    const { legs, places, time, change, diversion } = this.data;
    const some = (column) => Boolean(column && column.some((value) => value > 0));
    const seizures = some(places.seizures) && (this.period === null || Boolean(time.seizures));
    return {
      corridors: this.corridors.length > 0, legs: legs.count > 0, places: places.count > 0, communities: some(places.community),
      diversion: Boolean(diversion), change: Boolean(change) && this.namedChanges() > 0, seizures,
    };
  }

  at(name, position) {
    const table = this.data[name];
    if (!table) return -1;
    this.rows ??= {};
    this.rows[name] ??= new Map(Array.from(table.at, (at, row) => [at, row]));
    return this.rows[name].get(position) ?? -1;
  }

  diversionAt(place) {
    const row = this.at("diversion", place);
    if (row < 0) return null;
    const { mean, p05, p95, basis, tier, inSet } = this.data.diversion;
    return { mean: mean[row], p05: p05[row], p95: p95[row], basis: word(basis, row), tier: word(tier, row), inSet: inSet[row] > 0 };
  }

  // times is flow of the last period over that of those before, with its interval. what is blank where the analysis gives the
  // change no name: among so many legs the intervals of some lie on one side by chance alone, and the map draws names only.
  changeOf(leg) {
    const row = this.at("change", leg);
    if (row < 0) return null;
    const { mean, p05, p95, before, after, chance, what } = this.data.change;
    const times = [mean[row], p05[row], p95[row]].map((value) => 2 ** value);
    return { mean: mean[row], times, what: word(what, row), chance: chance[row], before: number(before, row), after: number(after, row) };
  }

  // How many of the legs that were compared the analysis names as changed.
  namedChanges() {
    const { change } = this.data;
    return change ? Array.from(change.at).filter((leg) => this.changeOf(leg).what).length : 0;
  }

  // 0 is the largest community; -1 is none.
  communityOf(place) {
    const found = number(this.data.places.community, place);
    return found > 0 ? found - 1 : -1;
  }

  communityName(k) {
    const { communities } = this.data;
    const row = communities ? communities.numbers.indexOf(k + 1) : -1;
    return row >= 0 ? communities.names[row] : "";
  }

  communityColour(k) {
    return communityColour(k);
  }

  // Date, source, grade and more of a record whose id the page carries; null where it tells nothing.
  recordOf(id) {
    const { records } = this.data;
    if (!this.recordAt) {
      this.recordAt = new Map();
      records.id.forEach((text, k) => this.recordAt.set(text, this.recordAt.has(text) ? -1 : k));
    }
    const k = this.recordAt.get(id) ?? -1;
    const names = ["date", "source", "grade", "at", "country", "commodity", "tlp"];
    const facts = Object.fromEntries(names.map((name) => [name, k < 0 ? "" : word(records[name], k)]));
    return Object.values(facts).some(Boolean) ? facts : null;
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
    if (place < 0) return say("unknown");
    const { places } = this.data;
    return places.name[place] || places.id[place];
  }

  country(place) {
    return place < 0 ? "" : word(this.data.places.country, place);
  }

  // The name of a country; the code itself where it is none that the page knows.
  countryName(code) {
    const { countries } = this.data;
    return Object.hasOwn(countries, code) ? countries[code] : code;
  }

  // What a verdict says to a reader; a translation may say it in its own words.
  verdictWords(code) {
    const { verdicts } = this.data;
    if (has(`verdict.${code}`)) return say(`verdict.${code}`);
    return Object.hasOwn(verdicts, code) ? verdicts[code] : code;
  }

  label(place) {
    const country = this.countryName(this.country(place));
    return country && this.country(place) !== this.data.places.id[place] && country !== this.name(place) ? `${this.name(place)} (${country})` : this.name(place);
  }

  distance(leg) {
    const { places, legs } = this.data;
    const [a, b] = [legs.start[leg], legs.end[leg]];
    return kilometres(places.lat[a], places.lon[a], places.lat[b], places.lon[b]);
  }
}
