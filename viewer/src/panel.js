// The lists beside the map, and the evidence behind what is chosen.

import { number, word } from "./decode.js";
import { clear, el, isolated } from "./dom.js";
import { chanceInterval, communityLetter, estimate, interval, measure, percentOf, shown, UNRECORDED } from "./style.js";
import { say } from "./words.js";

const LISTED = 200;
const list = (text) => (text ? text.split("; ").filter(Boolean) : []);

export class Panel {
  constructor(model, { choose, state }) {
    this.model = model;
    this.choose = choose;
    this.state = state;
    this.tab = "corridors";
    this.tabs = el("div", { class: "rg-tabs", role: "tablist", "aria-label": say("lists") });
    this.body = el("div", { class: "rg-body", id: "rg-body", role: "tabpanel", tabindex: "-1" });
    this.root = el("section", { class: "rg-panel", "aria-label": say("panel") }, this.tabs, this.body);
    this.showList();
  }

  // ---- lists

  showList() {
    document.body.classList.remove("rg-open");
    const { data } = this.model;
    const names = Object.fromEntries(["corridors", "places", "legs", "data"].map((key) => [key, say(`list.${key}`, { n: data.corridors.length })]));
    const passing = this.model.corridors.filter((one) => this.model.passesCorridor(one, this.state.filters)).length;
    if (passing < data.corridors.length) names.corridors = say("list.corridors.of", { n: passing, all: data.corridors.length });
    clear(this.tabs);
    for (const [key, text] of Object.entries(names)) {
      const open = () => {
        this.tab = key;
        this.showList();
        this.tabs.querySelector('[aria-selected="true"]').focus();
      };
      this.tabs.append(el("button", { type: "button", role: "tab", "aria-selected": String(this.tab === key), "aria-controls": "rg-body", text, on: { click: open } }));
    }
    clear(this.body).append(...(this.tab === "data" ? [] : this.ofPeriod({ listed: true })), ...this[`${this.tab}List`]());
    this.body.scrollTop = 0;
  }

  // What is listed, and once for the whole list what its brackets are; where levels are not told only detection has any.
  note(said, { brackets = this.model.data.levelsTold } = {}) {
    const text = [said, brackets ? say("list.interval") : ""].filter(Boolean).join(" ");
    return text ? [el("p", { class: "rg-note", text })] : [];
  }

  corridorsList() {
    const filter = this.model.filter(this.state.filters);
    const corridors = this.model.corridors.filter((one) => filter.corridor(one));
    if (!corridors.length) {
      const none = this.model.corridors.length ? "list.none.filtered" : "list.none";
      return [el("p", { class: "rg-note", text: say(none) })];
    }
    const items = corridors.slice(0, LISTED).map((one) => this.row({ kind: "corridor", at: one.at }, this.badge(one), this.path(one), this.corridorLine(one)));
    const rest = corridors.length - items.length;
    return [
      ...this.note(""),
      el("ol", { class: "rg-list", "aria-label": say("list.corridors.order") }, ...items),
      ...(rest > 0 ? [el("p", { class: "rg-note", text: say("list.more", { n: rest }) })] : []),
    ];
  }

  // What stands behind a level that the data cannot tell.
  untold() {
    return this.model.data.levelsTold ? "" : ` ${say("level.untold")}`;
  }

  // A flow in words: with its interval, or as a share of the largest where the data tell no level.
  flow(mean, low, high) {
    if (this.model.data.levelsTold) return interval(mean, low, high);
    // Of a share the ends of a level's interval say nothing: they only fade the line.
    return Number.isFinite(mean) ? `${percentOf(mean)} ${say("level.share")}` : "";
  }

  badge(one) {
    const badge = el("span", { class: "rg-rank", text: String(one.rank ?? one.at + 1) });
    badge.style.backgroundColor = one.colour;
    return badge;
  }

  path(one) {
    const path = el("span", { class: "rg-path" });
    one.stops.forEach((stop, k) => {
      if (k) path.append(el("span", { class: "rg-to", "aria-label": say("to"), text: " \u2192 " }));
      path.append(isolated(this.model.name(stop)));
    });
    return path;
  }

  corridorLine(one) {
    const parts = this.flowLine("flow", [one.flow_mean ?? NaN, one.flow_p05, one.flow_p95], [this.model.corridorFlow(one)]);
    // Of a corridor's seizures the page does not hold the dates.
    if (Number.isFinite(one.seizures) && !this.period) parts.push(say("line.seizures", { count: one.seizures, n: shown(one.seizures) }));
    if (one.modes) parts.push(list(one.modes).join(", "));
    return el("span", { class: "rg-line" }, parts.join(" \u00b7 "), this.chip(one.verdict));
  }

  chip(verdict) {
    return verdict ? el("span", { class: "rg-chip", text: this.model.verdictWords(verdict) }) : null;
  }

  row(item, mark, title, line) {
    const act = (event) => this.choose(item, { from: event.currentTarget, zoom: true });
    const button = el("button", { type: "button", class: "rg-row", "data-kind": item.kind, "data-at": item.at, on: { click: act } }, mark, title, line);
    return el("li", {}, button);
  }

  placesList() {
    const { data } = this.model;
    const wanted = this.model.placesOf(this.state.filters);
    const order = [...Array(data.places.count).keys()].filter((i) => wanted.has(i)).sort((a, b) => this.model.radius(b) - this.model.radius(a) || a - b);
    const brackets = data.levelsTold || order.slice(0, LISTED).some((i) => this.detection(i));
    const rows = order.slice(0, LISTED).map((i) => this.row({ kind: "place", at: i }, null, el("span", { class: "rg-path" }, isolated(this.model.label(i))), el("span", { class: "rg-line", text: this.placeLine(i) })));
    return [...this.note(say("list.places.note", { n: rows.length, all: shown(order.length) }), { brackets }), el("ol", { class: "rg-list", "aria-label": say("list.places.order") }, ...rows)];
  }

  placeLine(i) {
    const { places } = this.model.data;
    const whole = ["mean", "p05", "p95"].map((part) => number(places[`throughflow_${part}`], i));
    const parts = this.flowLine("throughflow", whole, [this.model.throughflow(i)]);
    const seizures = this.model.seizureCount(i);
    const values = { count: seizures, n: shown(seizures), period: this.period };
    if (Number.isFinite(seizures)) parts.push(say(this.period ? "line.seizures.period" : "line.seizures", values));
    const chance = this.detection(i);
    if (chance) parts.push(say("line.detection", { chance }));
    if (!this.model.located(i)) parts.push(say("line.unplaced"));
    return parts.join(" \u00b7 ");
  }

  // How likely a seizure is at a place, with its interval; empty where it is not estimated.
  detection(i) {
    const { places } = this.model.data;
    const chance = chanceInterval(number(places.detection_mean, i), number(places.detection_p05, i), number(places.detection_p95, i));
    return chance ? `${chance}${this.untold()}` : "";
  }

  legsList() {
    const { data } = this.model;
    const filter = this.model.filter(this.state.filters);
    const rows = [];
    let all = 0;
    // In a period the busiest of it; the page does not say how others fared.
    for (const i of this.period ? this.model.clock.order : Array(data.legs.count).keys()) {
      if (!filter.leg(i)) continue;
      all += 1;
      if (rows.length < LISTED) rows.push(this.row({ kind: "leg", at: i }, null, this.legTitle(i), el("span", { class: "rg-line", text: this.legLine(i) })));
    }
    return [...this.note(say("list.legs.note", { n: rows.length, all: shown(all) }), { brackets: data.levelsTold && rows.length > 0 }), el("ol", { class: "rg-list", "aria-label": say("list.legs.order") }, ...rows)];
  }

  legTitle(i) {
    const { legs } = this.model.data;
    return this.path({ stops: [legs.start[i], legs.end[i]] });
  }

  legFlow(i) {
    const { legs } = this.model.data;
    return this.flow(number(legs.flow_mean, i), number(legs.flow_p05, i), number(legs.flow_p95, i)) || say("not.estimated");
  }

  legLine(i) {
    const status = this.model.status(i);
    const { legs } = this.model.data;
    const whole = ["mean", "p05", "p95"].map((part) => number(legs[`flow_${part}`], i));
    const flow = this.flowLine("flow", whole, [this.model.flow(i), ...this.model.flowBounds(i)]);
    return [...(flow.length ? flow : [say("line.flow", { flow: say("not.estimated") })]), say(status === UNRECORDED ? "unrecorded" : `status.${status}`)].join(" \u00b7 ");
  }

  // The sentence of a leg or place: the page carries those of the busiest, the table has them all.
  sentence(table, i, file) {
    if (!table.why) return [];
    const text = i < table.why.length ? table.why[i] : say("sentence.csv", { file });
    return text ? [el("p", { class: "rg-why" }, isolated(text))] : [];
  }

  dataList() {
    const { data } = this.model;
    const parts = [el("h3", { text: say("data.in") }), this.facts(data.coverage)];
    if (data.change) {
      const n = this.model.namedChanges();
      const text = say(n ? "data.change.some" : "data.change.none", { n, all: shown(data.change.at.length) });
      parts.push(el("h3", { text: say("data.change") }), el("p", { class: "rg-note", text }));
    }
    const why = Object.entries(data.notEstimated);
    if (why.length) parts.push(el("h3", { text: say("data.not") }), this.facts(why));
    if (data.sources.length) parts.push(el("h3", { text: say("data.sources") }), el("ul", {}, ...data.sources.map((text) => el("li", {}, isolated(text)))));
    const credits = [
      say("data.earth"),
      ...(data.border === "region" ? [say("data.census")] : []),
      say("data.leaflet"),
      say("data.fonts"),
    ];
    parts.push(el("h3", { text: say("data.credits") }), el("ul", {}, ...credits.map((text) => el("li", { text }))));
    return parts;
  }

  facts(pairs) {
    const rows = pairs.filter(([, value]) => value !== "").map(([label, value]) => el("tr", {}, el("th", { scope: "row" }, isolated(label)), el("td", {}, isolated(value))));
    return el("table", { class: "rg-facts" }, el("tbody", {}, ...rows));
  }

  // ---- evidence

  showEvidence(item, { focus = true } = {}) {
    document.body.classList.add("rg-open");
    clear(this.tabs).append(
      el("button", { type: "button", class: "rg-back", text: say("back"), on: { click: () => this.choose(null) } }),
      el("span", { class: "rg-hint", text: say("closes") }),
    );
    clear(this.body).append(...this[`${item.kind}Evidence`](item.at));
    this.body.firstChild.after(...this.ofPeriod({ listed: false }));
    if (!focus) return;
    this.body.scrollTop = 0;
    this.body.focus({ preventScroll: true });
  }

  heading(kind, title, tlp) {
    const head = el("div", { class: "rg-head2" }, el("p", { class: "rg-kind" }, kind), el("h2", {}, title));
    if (tlp) head.append(el("p", { class: "rg-tlp", text: `TLP:${tlp}` }));
    return head;
  }

  // A chance that never says impossible or certain.
  percent(p) {
    if (p < 0.01) return say("percent.under");
    return p > 0.99 ? say("percent.over") : say("percent", { value: shown(Math.round(100 * p)) });
  }

  // Of how many the top is: 20, or a tenth where fewer than 200.
  top(all) {
    return say("fact.top", { n: all >= 200 ? 20 : Math.max(1, Math.ceil(all / 10)), all: shown(all) });
  }

  // The period in force, or '' where the map shows the whole time.
  get period() {
    const { period, periods } = this.model;
    return period === null ? "" : periods[period];
  }

  // What is of the period in force and what of the whole time.
  ofPeriod({ listed }) {
    const text = say(listed ? "list.period" : "evidence.period", { period: this.period });
    return this.period ? [el("p", { class: "rg-note rg-whole", text })] : [];
  }

  // A flow of the whole time or, where a period is in force, of that, whose interval is not known but for legs.
  flowLine(name, whole, now) {
    const flow = this.flow(...(this.period ? now : whole));
    if (!flow) return [];
    return [this.period ? say(`line.${name}.period`, { flow, period: this.period }) : say(`line.${name}`, { flow })];
  }

  corridorEvidence(at) {
    const one = this.model.corridors[at];
    const facts = [
      [say("fact.score"), Number.isFinite(one.score) ? one.score.toFixed(2) : ""],
      [say(this.model.data.levelsTold ? "fact.flow" : "fact.flow.share"), Number.isFinite(one.flow_mean) ? `${this.flow(one.flow_mean, one.flow_p05, one.flow_p95)}` : ""],
      ...this.inPeriod("flow", [this.model.corridorFlow(one)]),
      [this.top(this.model.corridors.length), Number.isFinite(one.p_top) ? this.percent(one.p_top) : ""],
      [say("fact.surprise"), measure(one.surprise)],
      [say("fact.tier"), one.tier || ""],
      [say("fact.ranks"), Number.isFinite(one.rank_p05) ? say("fact.ranks.between", { low: shown(one.rank_p05), high: shown(one.rank_p95) }) : ""],
      [say("fact.verdict"), this.model.verdictWords(one.verdict || "")],
      [say("fact.seizures"), shown(one.seizures)],
      [say("fact.quantity"), one.quantity || ""],
      [say("fact.countries"), list(one.countries).map((code) => this.model.countryName(code)).join(", ")],
      [say("fact.borders"), shown(one.borders_crossed)],
      [say("fact.modes"), list(one.modes).join(", ")],
      [say("fact.commodity"), list(one.commodity).join(", ")],
      [say("fact.id"), one.corridor_id || ""],
    ];
    const reasons = list(one.reasons);
    return [
      this.heading(el("span", {}, `${say("of.corridor")} `, this.badge(one)), this.path(one), one.tlp),
      ...(reasons.length ? [el("h3", { text: say("head.why") }), el("ul", { class: "rg-reasons" }, ...reasons.map((text) => el("li", {}, isolated(text))))] : []),
      ...this.beside(one),
      el("h3", { text: say("head.numbers") }),
      this.facts(facts),
      ...this.missing(["surprise", "tier"], one),
      el("h3", { text: say("head.legs") }),
      el("ol", { class: "rg-list" }, ...one.pairs.filter((pair) => pair.leg >= 0).map((pair) => this.row({ kind: "leg", at: pair.leg }, null, this.legTitle(pair.leg), el("span", { class: "rg-line", text: this.legLine(pair.leg) })))),
      ...this.records(list(one.record_ids), one.n_records),
    ];
  }

  legEvidence(i) {
    const { legs } = this.model.data;
    const value = (column) => number(legs[column], i);
    const percent = (column) => (Number.isFinite(value(column)) ? this.percent(value(column)) : "");
    const verdict = word(legs.verdict, i);
    const ends = [legs.start[i], legs.end[i]];
    const facts = [
      [say(this.model.data.levelsTold ? "fact.flow" : "fact.flow.share"), this.legFlow(i)],
      ...this.inPeriod("flow", [this.model.flow(i), ...this.model.flowBounds(i)]),
      [say("fact.expected"), estimate(value("expected"))],
      [say("fact.surprise"), measure(value("surprise"))],
      [say("fact.excess"), percent("p_excess")],
      [this.top(this.model.data.legs.count), percent("p_top")],
      [say("fact.travelled"), shown(value("travelled"))],
      [say("fact.intended"), shown(value("intended"))],
      [say("fact.inferred"), shown(value("inferred"))],
      [say("fact.seizures.leg"), shown(value("seizures"))],
      [say("fact.quantity"), word(legs.quantity, i)],
      [say("fact.change"), this.change(i)],
      [say("fact.modes"), list(word(legs.modes, i)).join(", ")],
      [say("fact.commodity"), list(word(legs.commodity, i)).join(", ")],
      [say("fact.distance"), this.model.located(ends[0]) && this.model.located(ends[1]) ? say("fact.km", { value: shown(Math.round(this.model.distance(i))) }) : ""],
      [say("fact.verdict"), this.model.verdictWords(verdict)],
    ];
    const found = this.model.data.evidence.legs[String(i)];
    return [
      this.heading(say("of.leg"), this.legTitle(i), word(legs.tlp, i)),
      ...this.sentence(legs, i, "legs.csv"),
      ...(this.model.status(i) === UNRECORDED ? [el("p", { class: "rg-note", text: say("faint", { why: say("unrecorded") }) })] : []),
      this.facts(facts),
      el("h3", { text: say("head.ends") }),
      el("ol", { class: "rg-list" }, ...ends.map((end) => this.placeRow(end))),
      ...this.partOf((one) => one.pairs.some((pair) => pair.leg === i)),
      ...this.records(found ? found[1] : [], found ? found[0] : value("n_records")),
    ];
  }

  inPeriod(name, flow) {
    if (!this.period) return [];
    return [[say(`fact.${name}.period`, { period: this.period }), this.flow(...flow) || say("not.estimated")]];
  }

  change(i) {
    const found = this.model.changeOf(i);
    if (!found) return "";
    const [before, after, mean, low, high] = [found.before, found.after, ...found.times].map(estimate);
    const times = say("fact.change.times", { mean, low, high });
    const said = Number.isFinite(found.after) ? say("fact.change.level", { after, before, times }) : times;
    if (found.what) return say("fact.change.named", { what: say(`change.${found.what}`), said });
    return say("fact.change.none", { said });
  }

  community(i) {
    const k = this.model.communityOf(i);
    if (k < 0) return "";
    const name = this.model.communityName(k);
    // By the letter that the map shows; its number, where it has none, is that of places.csv.
    const sign = communityLetter(k) || String(k + 1);
    return name ? say("fact.community.said", { sign, name }) : sign;
  }

  diversion(i) {
    const found = this.model.diversionAt(i);
    if (!found || !found.inSet) return "";
    const share = (value) => measure(100 * value);
    const between = Number.isFinite(found.p05) && Number.isFinite(found.p95);
    const values = { value: share(found.mean), low: share(found.p05), high: share(found.p95) };
    const value = say(between ? "percent.between" : "percent", values);
    return found.basis ? say("fact.diversion.basis", { value, basis: found.basis.replaceAll("; ", ", ") }) : value;
  }

  // Flow and reported counts as bars on one scale, and what they say together.
  beside(one) {
    const { data } = this.model;
    if (!data.levelsTold || !Number.isFinite(one.flow_mean) || !Number.isFinite(one.seizures)) return [];
    const counts = data.estimator === "counts";
    const widest = Math.max(one.flow_p95 || one.flow_mean, one.seizures);
    const bar = (name, label, told, mean, low, high) => {
      const track = el("div", { class: `rg-bar rg-bar-${name}` });
      const part = (kind, from, to) => {
        const node = el("span", { class: `rg-bar-${kind}` });
        node.style.left = `${(100 * from) / widest}%`;
        node.style.width = `${Math.max(0.5, (100 * (to - from)) / widest)}%`;
        track.append(node);
      };
      if (Number.isFinite(low)) part("span", low, high);
      else part("span", 0, mean);
      if (Number.isFinite(low)) part("mean", mean, mean);
      return el("div", { class: "rg-bar-row" }, el("span", { class: "rg-bar-label", text: label }), track, el("span", { class: "rg-bar-value", text: told(mean) }));
    };
    const said = counts ? say("bar.counts") : say("bar.said");
    return [
      el("h3", { text: say("head.counts") }),
      el("div", { class: "rg-bars" }, bar("flow", say(counts ? "bar.count" : "bar.flow"), estimate, one.flow_mean, one.flow_p05, one.flow_p95), bar("count", say("bar.seized"), shown, one.seizures)),
      el("p", { class: "rg-note", text: said }),
    ];
  }

  placeRow(i) {
    return this.row({ kind: "place", at: i }, null, el("span", { class: "rg-path" }, isolated(this.model.label(i))), el("span", { class: "rg-line", text: this.placeLine(i) }));
  }

  placeEvidence(i) {
    const { places } = this.model.data;
    const value = (column) => number(places[column], i);
    const three = (name) => interval(value(`${name}_mean`), value(`${name}_p05`), value(`${name}_p95`), measure);
    const verdict = word(places.verdict, i);
    const facts = [
      [say("fact.country"), this.model.countryName(word(places.country, i))],
      [say("fact.kind"), word(places.kind, i).replaceAll("_", " ")],
      [say("fact.role"), word(places.role, i)],
      [say(this.model.data.levelsTold ? "fact.throughflow" : "fact.throughflow.share"), this.flow(value("throughflow_mean"), value("throughflow_p05"), value("throughflow_p95"))],
      ...this.inPeriod("throughflow", [this.model.throughflow(i)]),
      [say("fact.detection"), this.detection(i)],
      [say("fact.betweenness"), three("betweenness")],
      [this.top(this.model.data.places.count), Number.isFinite(value("p_top")) ? this.percent(value("p_top")) : ""],
      [say("fact.here"), shown(value("seizures"))],
      [say("fact.community"), this.community(i)],
      [say("fact.diversion"), this.diversion(i)],
      [say("fact.verdict"), this.model.verdictWords(verdict)],
      [say("fact.position"), this.model.located(i) ? `${value("lat").toFixed(3)}, ${value("lon").toFixed(3)}` : say("fact.unplaced")],
      [say("fact.place"), places.id[i]],
    ];
    const found = this.model.data.evidence.places[String(i)];
    return [
      this.heading(say("of.place"), el("span", {}, isolated(this.model.label(i))), word(places.tlp, i)),
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
    const heads = { seized: say("head.seized"), passed: say("head.passed") };
    return Object.entries(heads).flatMap(([how, head]) => {
      const found = drivers?.[how]?.[String(i)];
      return found ? this.records(found[1], found[0], head) : [];
    });
  }

  partOf(test) {
    const found = this.model.corridors.filter(test).slice(0, 20);
    if (!found.length) return [];
    return [el("h3", { text: say("head.part") }), el("ol", { class: "rg-list" }, ...found.map((one) => this.row({ kind: "corridor", at: one.at }, this.badge(one), this.path(one), this.corridorLine(one))))];
  }

  missing(columns, values) {
    const why = this.model.data.notEstimated;
    const key = (column) => Object.keys(why).find((name) => name === column || name.endsWith(`.${column}`));
    const blank = columns.filter((column) => !Number.isFinite(Number(values[column] === "" ? NaN : values[column])) && key(column));
    return blank.map((column) => el("p", { class: "rg-note" }, `${say("missing", { what: column.replaceAll("_", " ") })} `, isolated(why[key(column)])));
  }

  records(ids, total, title = say("head.records")) {
    const head = el("h3", { text: title });
    if (!ids.length) return [head, el("p", { class: "rg-note", text: say("records.none") })];
    const all = Number.isFinite(total) && total > ids.length;
    const note = all ? say("records.first", { n: ids.length, all: shown(total) }) : say("records.all", { n: ids.length });
    return [head, el("p", { class: "rg-note", text: note }), el("ul", { class: "rg-records" }, ...ids.map((id) => this.record(id)))];
  }

  // A record: its id, and when, by whom and how sure it was reported, where the page holds that.
  record(id) {
    const facts = this.model.recordOf(id);
    const parts = facts ? [facts.date, facts.source, this.graded(facts.grade)].filter(Boolean) : [];
    const said = parts.length ? el("span", { class: "rg-record-facts" }, isolated(parts.join(" \u00b7 "))) : null;
    return el("li", {}, el("span", { class: "rg-record-id" }, isolated(id)), said);
  }

  // Both grades; '-' stands for the one that the record does not state.
  graded(grade) {
    if (grade.startsWith("-")) return say("records.graded.information", { grade: grade.slice(1) });
    if (grade.endsWith("-")) return say("records.graded.source", { grade: grade.slice(0, -1) });
    return grade ? say("records.graded", { grade }) : "";
  }

  // ---- the tip beside the pointer

  tip(item) {
    const { model } = this;
    if (item.kind === "corridor") {
      const one = model.corridors[item.at];
      return [el("strong", {}, `${say("of.corridor")} ${one.rank ?? one.at + 1}`), el("div", {}, this.path(one)), this.corridorLine(one)];
    }
    if (item.kind === "leg") return [el("strong", {}, this.legTitle(item.at)), el("div", { text: this.legLine(item.at) })];
    const role = word(model.data.places.role, item.at);
    return [el("strong", {}, isolated(model.label(item.at))), role ? el("div", { class: "rg-tip-role" }, isolated(role.replaceAll("_", " "))) : null, el("div", { text: this.placeLine(item.at) })].filter(Boolean);
  }
}
