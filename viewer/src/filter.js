// What passes the reader's filters: one look at each distinct word, then one look-up a leg.

import { word } from "./decode.js";
import { leastSaid } from "./style.js";

const NONE = { mode: "", commodity: "", tier: "", verdict: "", flow: 0 };
const parts = (text) => text.split(";").map((one) => one.trim()).filter(Boolean);
const within = (code, branch) => code === branch || code.startsWith(`${branch}.`);
const sorted = (found) => [...found].filter(Boolean).sort();
const wordsOf = (column) => (column ? [...new Set(column.codes)].map((code) => column.words[code]) : []);
export const anyFilter = (filters) => Boolean(filters && (filters.mode || filters.commodity || filters.tier || filters.verdict || filters.flow > 0));

// What there is to choose from; an empty list where all is alike.
export function options(model) {
  const { legs, places } = model.data;
  const { corridors } = model;
  const all = (name) => [...wordsOf(legs[name]), ...corridors.map((one) => one[name] || "")];
  const modes = new Set(all("modes").flatMap(parts));
  const codes = new Set(all("commodity").flatMap(parts));
  const tiers = new Set(corridors.map((one) => one.tier || ""));
  const verdicts = new Set([...all("verdict"), ...wordsOf(places.verdict)]);
  const choice = (found) => (found.length > 1 ? found : []);
  return { modes: choice(sorted(modes)), commodities: choice(branches(codes)), tiers: choice(sorted(tiers)), verdicts: sorted(verdicts), flow: flowRange(model) };
}

// Branches at the first level at which goods differ, and the vaguer codes above it that stand in the case.
function branches(codes) {
  const cut = (level) => new Set([...codes].map((code) => code.split(".").slice(0, level).join(".")));
  for (let level = 1; level <= 4; level += 1) {
    const found = cut(level);
    if (found.size > 1) return sorted(found);
  }
  return sorted(cut(1));
}

function flowRange(model) {
  const { flow_mean: flow } = model.data.legs;
  let [least, most] = [Infinity, 0];
  for (let i = 0; i < (flow?.length || 0); i += 1) {
    if (flow[i] > 0 && flow[i] < least) least = flow[i];
    if (flow[i] > most) most = flow[i];
  }
  return most > 0 ? [least, most] : [];
}

// A filter ready for use. Flow is as it is said, in consignments of the period in force; a share of the busiest leg where no level is told.
export class Filter {
  constructor(model, filters) {
    this.model = model;
    this.wanted = { ...NONE, ...filters };
    const { legs } = model.data;
    const { mode, commodity, verdict, tier } = this.wanted;
    const byWord = (column, test) => (column ? column.words.map((text) => test(text)) : null);
    this.tests = [];
    const add = (column, test) => this.tests.push(column ? { codes: column.codes, passes: byWord(column, test) } : null);
    if (mode) add(legs.modes, (text) => parts(text).includes(mode));
    if (commodity) add(legs.commodity, (text) => parts(text).some((code) => within(code, commodity)));
    if (verdict) add(legs.verdict, (text) => text === verdict);
    this.onTier = tier ? new Set(model.corridors.filter((one) => one.tier === tier).flatMap((one) => one.pairs.map((pair) => pair.leg))) : null;
    const { flow } = this.wanted;
    // A share is said in whole per cent.
    this.least = !(flow > 0) ? 0 : model.data.levelsTold ? leastSaid(flow) : (flow >= 0.01 ? flow - 0.005 : flow) * model.most.leg;
  }

  leg(i) {
    for (const test of this.tests) if (!test || !test.passes[test.codes[i]]) return false;
    if (this.onTier && !this.onTier.has(i)) return false;
    return !this.least || this.model.flow(i) >= this.least;
  }

  corridor(one) {
    const { mode, commodity, verdict, tier } = this.wanted;
    if (mode && !parts(one.modes || "").includes(mode)) return false;
    if (commodity && !parts(one.commodity || "").some((code) => within(code, commodity))) return false;
    if (verdict && (one.verdict || "") !== verdict) return false;
    if (tier && (one.tier || "") !== tier) return false;
    return !this.least || this.model.corridorFlow(one) >= this.least;
  }

  // Ends of what passes, and places of the verdict that is asked for; all places where nothing is.
  places() {
    const { places, legs } = this.model.data;
    const found = new Set();
    if (!anyFilter(this.wanted)) {
      for (let i = 0; i < places.count; i += 1) found.add(i);
      return found;
    }
    for (let i = 0; i < legs.count; i += 1) if (this.leg(i)) found.add(legs.start[i]).add(legs.end[i]);
    for (const one of this.model.corridors) if (this.corridor(one)) for (const stop of one.stops) if (stop >= 0) found.add(stop);
    const { verdict, ...others } = this.wanted;
    if (verdict && !anyFilter(others)) for (let i = 0; i < places.count; i += 1) if (word(places.verdict, i) === verdict) found.add(i);
    return found;
  }
}

export const keyOf = (filters) => JSON.stringify({ ...NONE, ...filters });
