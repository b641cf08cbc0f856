// Flow and seizures in the period in force; the whole time where none is.

import { number } from "./decode.js";

// Positions of what is above 0, the largest first, the earlier first among equals. A positive float's bits sort as it
// does, so that bits and position fit into one number and are sorted natively, in half the time that a function takes.
const POSITIONS = 2 ** 21;
export function busiest(flow) {
  const bits = new Uint32Array(flow.buffer, flow.byteOffset, flow.length);
  const keys = new Float64Array(flow.length);
  let count = 0;
  for (let i = 0; i < flow.length; i += 1) if (flow[i] > 0) keys[count++] = bits[i] * POSITIONS + (POSITIONS - 1 - i);
  const sorted = keys.subarray(0, count).sort();
  return Uint32Array.from(sorted, (_, n) => POSITIONS - 1 - (sorted[count - 1 - n] % POSITIONS));
}

export class Clock {
  constructor(model) {
    const { time, legs, places } = model.data;
    Object.assign(this, { legs, places, time, at: null, labels: time?.labels || [] });
    this.kept = new Map();
  }

  set(index) {
    const known = Number.isInteger(index) && index >= 0 && index < this.labels.length;
    this.at = known ? index : null;
    return this.now;
  }

  // Numbers of the period in force, worked out when first asked for.
  get now() {
    if (this.at === null) return null;
    if (!this.kept.has(this.at)) this.kept.set(this.at, this.period(this.at));
    return this.kept.get(this.at);
  }

  period(at) {
    const { time, legs, places, labels } = this;
    const flow = new Float32Array(legs.count).fill(NaN);
    for (let i = 0; i < time.legs; i += 1) flow[i] = (legs.flow_mean[i] * time.shares[i * labels.length + at]) / time.steps;
    const through = new Float32Array(places.count);
    const before = this.through ??= this.ends(legs.flow_mean, time.legs);
    const now = this.ends(flow, time.legs);
    // What passes a place in a period: its whole throughflow in proportion to the flow on its legs.
    for (let i = 0; i < places.count; i += 1) through[i] = before[i] > 0 ? (number(places.throughflow_mean, i) * now[i]) / before[i] : NaN;
    return { flow, through, order: null };
  }

  // Legs that carry flow in the period, the busiest first; of others the page does not say.
  get order() {
    const { now } = this;
    now.order ??= busiest(now.flow.subarray(0, this.time.legs));
    return now.order;
  }

  ends(flow, count) {
    const sums = new Float64Array(this.places.count);
    for (let i = 0; i < count; i += 1) {
      sums[this.legs.start[i]] += flow[i] || 0;
      sums[this.legs.end[i]] += flow[i] || 0;
    }
    return sums;
  }

  bounds(leg) {
    const { time } = this;
    if (!time.p05 || leg >= time.legs) return [NaN, NaN];
    const k = leg * this.labels.length + this.at;
    return [time.p05[k], time.p95[k]];
  }

  seizures(place) {
    const { time } = this;
    return time.seizures ? time.seizures[place * this.labels.length + this.at] : NaN;
  }

  // The most that any leg carried in any period, so that periods compare with each other.
  most(column) {
    this.tops ??= this.findTops();
    return this.tops[column];
  }

  findTops() {
    const { labels, places } = this;
    const tops = { leg: 0, place: 0, seizures: 0 };
    const before = this.at;
    for (let k = 0; k < labels.length; k += 1) {
      this.at = k;
      for (const value of this.now.flow) if (value > tops.leg) tops.leg = value;
      for (const value of this.now.through) if (value > tops.place) tops.place = value;
      for (let i = 0; i < places.count; i += 1) tops.seizures = Math.max(tops.seizures, this.seizures(i) || 0);
    }
    this.at = before;
    return tops;
  }
}
