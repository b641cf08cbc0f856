// The lists beside the map, and the evidence behind what is chosen.

import { number, word } from "./decode.js";
import { clear, el, isolated } from "./dom.js";
import { chanceInterval, interval, NO_RECORD, shown, STATUS, UNRECORDED, VERDICT } from "./style.js";

const LISTED = 200;
const list = (text) => (text ? text.split("; ").filter(Boolean) : []);

export class Panel {
  constructor(model, { choose, state }) {
    this.model = model;
    this.choose = choose;
    this.state = state;
    this.tab = "corridors";
    this.tabs = el("div", { class: "rg-tabs", role: "tablist", "aria-label": "Lists" });
    this.body = el("div", { class: "rg-body", id: "rg-body", role: "tabpanel", tabindex: "-1" });
    this.root = el("section", { class: "rg-panel", "aria-label": "Corridors and evidence" }, this.tabs, this.body);
    this.showList();
  }

  // ---- lists

  showList() {
    const { data } = this.model;
    const names = { corridors: `Corridors (${data.corridors.length})`, places: "Places", legs: "Legs", data: "Data" };
    clear(this.tabs);
    for (const [key, text] of Object.entries(names)) {
      const open = () => {
        this.tab = key;
        this.showList();
        this.tabs.querySelector('[aria-selected="true"]').focus();
      };
      this.tabs.append(el("button", { type: "button", role: "tab", "aria-selected": String(this.tab === key), "aria-controls": "rg-body", text, on: { click: open } }));
    }
    clear(this.body).append(...this[`${this.tab}List`]());
    this.body.scrollTop = 0;
  }

  corridorsList() {
    const corridors = this.model.corridors.filter((one) => this.wanted(one.verdict || ""));
    if (!corridors.length) {
      const none = this.state.filters.verdict ? "No corridor has this verdict." : "No corridor of more than one leg stands out in these records.";
      return [el("p", { class: "rg-note", text: none })];
    }
    const items = corridors.slice(0, LISTED).map((one) => this.row({ kind: "corridor", at: one.at }, this.badge(one), this.path(one), this.corridorLine(one)));
    const rest = corridors.length - items.length;
    return [
      el("ol", { class: "rg-list", "aria-label": "Corridors, best first" }, ...items),
      ...(rest > 0 ? [el("p", { class: "rg-note", text: `${rest} more are in corridors.csv.` })] : []),
    ];
  }

  wanted(verdict) {
    return this.model.passes(verdict, this.state.filters.verdict);
  }

  // What stands behind a level that the data cannot tell.
  untold() {
    return this.model.data.levelsTold ? "" : " (level not told)";
  }

  badge(one) {
    const badge = el("span", { class: "rg-rank", text: String(one.rank ?? one.at + 1) });
    badge.style.backgroundColor = one.colour;
    return badge;
  }

  path(one) {
    const path = el("span", { class: "rg-path" });
    one.stops.forEach((stop, k) => {
      if (k) path.append(el("span", { class: "rg-to", "aria-label": "to", text: " \u2192 " }));
      path.append(isolated(this.model.name(stop)));
    });
    return path;
  }

  corridorLine(one) {
    const parts = [];
    if (Number.isFinite(one.flow_mean)) parts.push(`flow ${interval(one.flow_mean, one.flow_p05, one.flow_p95)}${this.untold()}`);
    if (Number.isFinite(one.seizures)) parts.push(`${shown(one.seizures)} seizures`);
    if (one.modes) parts.push(list(one.modes).join(", "));
    return el("span", { class: "rg-line" }, parts.join(" \u00b7 "), this.chip(one.verdict));
  }

  chip(verdict) {
    return verdict ? el("span", { class: "rg-chip", text: verdict === "supported" ? verdict : VERDICT[verdict] || verdict }) : null;
  }

  row(item, mark, title, line) {
    const act = (event) => this.choose(item, { from: event.currentTarget, zoom: true });
    const button = el("button", { type: "button", class: "rg-row", "data-kind": item.kind, "data-at": item.at, on: { click: act } }, mark, title, line);
    return el("li", {}, button);
  }

  placesList() {
    const { data } = this.model;
    const order = [...Array(data.places.count).keys()].filter((i) => this.wanted(word(data.places.verdict, i))).sort((a, b) => this.model.radius(b) - this.model.radius(a) || a - b);
    const rows = order.slice(0, LISTED).map((i) => this.row({ kind: "place", at: i }, null, el("span", { class: "rg-path" }, isolated(this.model.label(i))), el("span", { class: "rg-line", text: this.placeLine(i) })));
    return [el("p", { class: "rg-note", text: `The busiest ${rows.length} of ${shown(order.length)} places${this.ofVerdict()}.` }), el("ol", { class: "rg-list", "aria-label": "Places, busiest first" }, ...rows)];
  }

  placeLine(i) {
    const { places } = this.model.data;
    const parts = [];
    const flow = number(places.throughflow_mean, i);
    if (Number.isFinite(flow)) parts.push(`throughflow ${interval(flow, number(places.throughflow_p05, i), number(places.throughflow_p95, i))}${this.untold()}`);
    const seizures = number(places.seizures, i);
    if (Number.isFinite(seizures)) parts.push(`${shown(seizures)} seizures`);
    const chance = this.detection(i);
    if (chance) parts.push(`seized here: ${chance}`);
    if (!this.model.located(i)) parts.push("no position: not drawn");
    return parts.join(" \u00b7 ");
  }

  // How likely a seizure is at a place, with its interval; empty where it is not estimated.
  detection(i) {
    const { places } = this.model.data;
    const chance = chanceInterval(number(places.detection_mean, i), number(places.detection_p05, i), number(places.detection_p95, i));
    return chance ? `${chance}${this.untold()}` : "";
  }

  ofVerdict() {
    return this.state.filters.verdict ? ` with the verdict ${this.state.filters.verdict}` : "";
  }

  legsList() {
    const { data } = this.model;
    const rows = [];
    let all = 0;
    for (let i = 0; i < data.legs.count; i += 1) {
      if (!this.wanted(word(data.legs.verdict, i))) continue;
      all += 1;
      if (rows.length < LISTED) rows.push(this.row({ kind: "leg", at: i }, null, this.legTitle(i), el("span", { class: "rg-line", text: this.legLine(i) })));
    }
    return [el("p", { class: "rg-note", text: `The busiest ${rows.length} of ${shown(all)} legs${this.ofVerdict()}.` }), el("ol", { class: "rg-list", "aria-label": "Legs, busiest first" }, ...rows)];
  }

  legTitle(i) {
    const { legs } = this.model.data;
    return this.path({ stops: [legs.start[i], legs.end[i]] });
  }

  legFlow(i) {
    const { legs } = this.model.data;
    const flow = interval(number(legs.flow_mean, i), number(legs.flow_p05, i), number(legs.flow_p95, i));
    return flow ? `${flow}${this.untold()}` : "not estimated";
  }

  legLine(i) {
    const status = this.model.status(i);
    return `flow ${this.legFlow(i)} \u00b7 ${status === UNRECORDED ? NO_RECORD : STATUS[status]}`;
  }

  // The sentence of a leg or place: the page carries those of the busiest, the table has them all.
  sentence(table, i, file) {
    if (!table.why) return [];
    const text = i < table.why.length ? table.why[i] : `The sentence on this one is in ${file}, column why.`;
    return text ? [el("p", { class: "rg-why" }, isolated(text))] : [];
  }

  dataList() {
    const { data } = this.model;
    const parts = [el("h3", { text: "What went in" }), this.facts(data.coverage)];
    const why = Object.entries(data.notEstimated);
    if (why.length) parts.push(el("h3", { text: "Not estimated in this run" }), this.facts(why));
    if (data.sources.length) parts.push(el("h3", { text: "Sources" }), el("ul", {}, ...data.sources.map((text) => el("li", {}, isolated(text)))));
    const credits = [
      "Base map: Natural Earth, public domain; boundaries as held in fact, without a position on any claim.",
      ...(data.border === "region" ? ["Borders of US states: US Census Bureau."] : []),
      "Map library: Leaflet, \u00a9 2010-2023 Volodymyr Agafonkin, \u00a9 2010-2011 CloudMade, BSD 2-Clause.",
    ];
    parts.push(el("h3", { text: "Credits" }), el("ul", {}, ...credits.map((text) => el("li", { text }))));
    return parts;
  }

  facts(pairs) {
    const rows = pairs.filter(([, value]) => value !== "").map(([label, value]) => el("tr", {}, el("th", { scope: "row" }, isolated(label)), el("td", {}, isolated(value))));
    return el("table", { class: "rg-facts" }, el("tbody", {}, ...rows));
  }

  // ---- evidence

  showEvidence(item) {
    clear(this.tabs).append(
      el("button", { type: "button", class: "rg-back", text: "\u2190 All lists", on: { click: () => this.choose(null) } }),
      el("span", { class: "rg-hint", text: "Esc closes" }),
    );
    clear(this.body).append(...this[`${item.kind}Evidence`](item.at));
    this.body.scrollTop = 0;
    this.body.focus({ preventScroll: true });
  }

  heading(kind, title, tlp) {
    const head = el("div", { class: "rg-head2" }, el("p", { class: "rg-kind" }, kind), el("h2", {}, title));
    if (tlp) head.append(el("p", { class: "rg-tlp", text: `TLP:${tlp}` }));
    return head;
  }

  corridorEvidence(at) {
    const one = this.model.corridors[at];
    const facts = [
      ["Score", shown(one.score)],
      ["Flow, consignments (90 % interval)", Number.isFinite(one.flow_mean) ? `${interval(one.flow_mean, one.flow_p05, one.flow_p95)}${this.untold()}` : ""],
      ["Chance of being in the top group", Number.isFinite(one.p_top) ? `${shown(100 * one.p_top)} %` : ""],
      ["Surprise, log2(flow / expected)", shown(one.surprise)],
      ["Tier", one.tier || ""],
      ["Verdict", one.verdict ? `${one.verdict}: ${VERDICT[one.verdict] || ""}` : ""],
      ["Seizures", shown(one.seizures)],
      ["Quantity seized", Number.isFinite(one.quantity_seized) ? `${shown(one.quantity_seized)} ${one.unit || ""}` : ""],
      ["Countries", list(one.countries).join(", ")],
      ["Borders crossed", shown(one.borders_crossed)],
      ["Modes", list(one.modes).join(", ")],
      ["Commodity", list(one.commodity).join(", ")],
      ["Corridor id", one.corridor_id || ""],
    ];
    const reasons = list(one.reasons);
    return [
      this.heading(el("span", {}, "Corridor ", this.badge(one)), this.path(one), one.tlp),
      ...(reasons.length ? [el("h3", { text: "Why it is flagged" }), el("ul", { class: "rg-reasons" }, ...reasons.map((text) => el("li", {}, isolated(text))))] : []),
      this.facts(facts),
      ...this.missing(["surprise", "tier"], one),
      el("h3", { text: "Its legs" }),
      el("ol", { class: "rg-list" }, ...one.pairs.filter((pair) => pair.leg >= 0).map((pair) => this.row({ kind: "leg", at: pair.leg }, null, this.legTitle(pair.leg), el("span", { class: "rg-line", text: this.legLine(pair.leg) })))),
      ...this.records(list(one.record_ids), one.n_records),
    ];
  }

  legEvidence(i) {
    const { legs } = this.model.data;
    const value = (column) => number(legs[column], i);
    const percent = (column) => (Number.isFinite(value(column)) ? `${shown(100 * value(column))} %` : "");
    const verdict = word(legs.verdict, i);
    const ends = [legs.start[i], legs.end[i]];
    const facts = [
      ["Flow, consignments (90 % interval)", this.legFlow(i)],
      ["Expected from licit movement", shown(value("expected"))],
      ["Surprise, log2(flow / expected)", shown(value("surprise"))],
      ["Chance that flow exceeds expected", percent("p_excess")],
      ["Chance of being in the top group", percent("p_top")],
      ["Reported as travelled, events", shown(value("travelled"))],
      ["Reported as intended, events", shown(value("intended"))],
      ["Inferred, events", shown(value("inferred"))],
      ["Seizures", shown(value("seizures"))],
      ["Quantity seized", Number.isFinite(value("quantity_seized")) ? `${shown(value("quantity_seized"))} ${word(legs.unit, i)}` : ""],
      ["Modes", list(word(legs.modes, i)).join(", ")],
      ["Commodity", list(word(legs.commodity, i)).join(", ")],
      ["Distance", this.model.located(ends[0]) && this.model.located(ends[1]) ? `${shown(Math.round(this.model.distance(i)))} km` : ""],
      ["Verdict", verdict ? `${verdict}: ${VERDICT[verdict] || ""}` : ""],
    ];
    const found = this.model.data.evidence.legs[String(i)];
    return [
      this.heading("Leg", this.legTitle(i), word(legs.tlp, i)),
      ...this.sentence(legs, i, "legs.csv"),
      ...(this.model.status(i) === UNRECORDED ? [el("p", { class: "rg-note", text: `Drawn faint: ${NO_RECORD}.` })] : []),
      this.facts(facts),
      el("h3", { text: "Its ends" }),
      el("ol", { class: "rg-list" }, ...ends.map((end) => this.placeRow(end))),
      ...this.partOf((one) => one.pairs.some((pair) => pair.leg === i)),
      ...this.records(found ? found[1] : [], found ? found[0] : value("n_records")),
    ];
  }

  placeRow(i) {
    return this.row({ kind: "place", at: i }, null, el("span", { class: "rg-path" }, isolated(this.model.label(i))), el("span", { class: "rg-line", text: this.placeLine(i) }));
  }

  placeEvidence(i) {
    const { places } = this.model.data;
    const value = (column) => number(places[column], i);
    const three = (name) => interval(value(`${name}_mean`), value(`${name}_p05`), value(`${name}_p95`));
    const verdict = word(places.verdict, i);
    const facts = [
      ["Country", word(places.country, i)],
      ["Kind", word(places.kind, i).replaceAll("_", " ")],
      ["Role", word(places.role, i)],
      ["Throughflow (90 % interval)", three("throughflow") ? `${three("throughflow")}${this.untold()}` : ""],
      ["Chance that a consignment is seized here (90 % interval)", this.detection(i)],
      ["Betweenness (90 % interval)", three("betweenness")],
      ["Chance of being in the top group", Number.isFinite(value("p_top")) ? `${shown(100 * value("p_top"))} %` : ""],
      ["Seizures here", shown(value("seizures"))],
      ["Community", value("community") > 0 ? shown(value("community")) : ""],
      ["Verdict", verdict ? `${verdict}: ${VERDICT[verdict] || ""}` : ""],
      ["Position", this.model.located(i) ? `${value("lat").toFixed(3)}, ${value("lon").toFixed(3)}` : "unknown: not drawn"],
      ["Place id", places.id[i]],
    ];
    const found = this.model.data.evidence.places[String(i)];
    return [
      this.heading("Place", el("span", {}, isolated(this.model.label(i))), word(places.tlp, i)),
      ...this.sentence(places, i, "places.csv"),
      this.facts(facts),
      ...this.missing(["detection_mean"], { detection_mean: value("detection_mean") }),
      ...this.driving(i),
      ...this.partOf((one) => one.stops.includes(i)),
      ...this.records(found ? found[1] : [], found ? found[0] : 0),
    ];
  }

  // The records that say how likely a seizure is here: made here, and on consignments that got past.
  driving(i) {
    const { drivers } = this.model.data;
    const heads = { seized: "Seized here: these raise the chance", passed: "Passed, seized further on: these lower it" };
    return Object.entries(heads).flatMap(([how, head]) => {
      const found = drivers?.[how]?.[String(i)];
      return found ? this.records(found[1], found[0], head) : [];
    });
  }

  partOf(test) {
    const found = this.model.corridors.filter(test).slice(0, 20);
    if (!found.length) return [];
    return [el("h3", { text: "Part of" }), el("ol", { class: "rg-list" }, ...found.map((one) => this.row({ kind: "corridor", at: one.at }, this.badge(one), this.path(one), this.corridorLine(one))))];
  }

  missing(columns, values) {
    const why = this.model.data.notEstimated;
    const key = (column) => Object.keys(why).find((name) => name === column || name.endsWith(`.${column}`));
    const blank = columns.filter((column) => !Number.isFinite(Number(values[column] === "" ? NaN : values[column])) && key(column));
    return blank.map((column) => el("p", { class: "rg-note" }, `Not estimated: ${column.replaceAll("_", " ")}. `, isolated(why[key(column)])));
  }

  records(ids, total, title = "Records") {
    const head = el("h3", { text: title });
    if (!ids.length) return [head, el("p", { class: "rg-note", text: "The ids of the records behind this are in evidence.csv." })];
    const all = Number.isFinite(total) && total > ids.length;
    const note = all ? `First ${ids.length} of ${shown(total)}; evidence.csv has them all.` : `${ids.length} in all.`;
    return [head, el("p", { class: "rg-note", text: note }), el("ul", { class: "rg-records" }, ...ids.map((id) => el("li", {}, isolated(id))))];
  }

  // ---- the tip beside the pointer

  tip(item) {
    const { model } = this;
    if (item.kind === "corridor") {
      const one = model.corridors[item.at];
      return [el("strong", {}, `Corridor ${one.rank ?? one.at + 1}`), el("div", {}, this.path(one)), this.corridorLine(one)];
    }
    if (item.kind === "leg") return [el("strong", {}, this.legTitle(item.at)), el("div", { text: this.legLine(item.at) })];
    return [el("strong", {}, isolated(model.label(item.at))), el("div", { text: this.placeLine(item.at) })];
  }
}
