// Filters over the map: what is drawn and listed, and how much of the case passes.

import { clear, el } from "./dom.js";
import { anyFilter } from "./filter.js";
import { floored, shown } from "./style.js";
import { say } from "./words.js";

const STEPS = 40;
const NONE = { mode: "", commodity: "", tier: "", verdict: "", flow: 0 };
const KINDS = { mode: "modes", commodity: "commodities", tier: "tiers", verdict: "verdicts" };

// A word of the data as people read it.
const worded = (model, kind, value) => {
  const text = kind === "verdict" ? model.verdictWords(value) : value;
  return text.length > 40 ? `${text.slice(0, 39)}\u2026` : text;
};

export class Controls {
  constructor(model, state, changed) {
    Object.assign(this, { model, state, changed });
    const options = model.options();
    this.selects = new Map();
    const fields = Object.keys(KINDS).filter((kind) => options[KINDS[kind]].length > 1).map((kind) => this.choice(kind, options[KINDS[kind]]));
    const flow = options.flow.length && options.flow[1] > options.flow[0] ? this.leastFlow(options.flow) : null;
    this.result = el("output", { class: "rg-passing", "aria-live": "polite" });
    this.clearing = el("button", { type: "button", class: "rg-clear", text: say("filter.clear"), on: { click: () => this.reset() } });
    this.asked = el("span", { class: "rg-asked" });
    this.root = el("div", { class: "rg-filters", role: "group", "aria-label": say("filters") }, ...fields, flow, this.asked, this.result, this.clearing);
    this.tell();
  }

  choice(kind, values) {
    const id = `rg-filter-${kind}`;
    const select = el("select", { id }, el("option", { value: "", text: say("filter.any") }));
    for (const value of values) {
      select.append(el("option", { value, text: worded(this.model, kind, value) }));
    }
    select.addEventListener("change", () => {
      this.state.filters = { ...this.state.filters, [kind]: select.value };
      this.apply();
    });
    this.selects.set(kind, select);
    return el("label", { class: "rg-field", for: id }, el("span", { text: say(`filter.${kind}`) }), select);
  }

  // Each step of the slider is the same factor: flows spread over orders of magnitude. Stops are rounded down, so that the
  // last one keeps the busiest.
  leastFlow([least, most]) {
    const told = this.model.data.levelsTold;
    const slider = el("input", { type: "range", id: "rg-filter-flow", value: 0 });
    Object.assign(slider, { min: "0", max: String(STEPS), step: "1" });
    const words = el("output", { for: "rg-filter-flow", class: "rg-least" });
    const from = Math.max(least, most / 1e4, told ? Math.min(0.1, most / 2) : 0);
    const at = (step) => (step ? from * (most / from) ** (step / STEPS) : 0);
    const read = () => {
      const step = Number(slider.value);
      const flow = at(step);
      const stop = floored(told ? flow : (100 * flow) / most);
      const text = !step ? say("filter.flow.any") : say(told ? "filter.flow.least" : "filter.flow.share", { value: shown(stop) });
      words.textContent = text;
      slider.setAttribute("aria-valuetext", text);
      return !step ? 0 : told ? stop : stop / 100;
    };
    read();
    slider.addEventListener("input", () => {
      this.state.filters = { ...this.state.filters, flow: read() };
      this.apply();
    });
    this.flow = { slider, read };
    return el("label", { class: "rg-field rg-flow", for: "rg-filter-flow" }, el("span", { text: say("filter.flow") }), slider, words);
  }

  apply() {
    this.tell();
    this.changed();
  }

  reset() {
    this.state.filters = { ...NONE };
    for (const select of this.selects.values()) select.value = "";
    if (this.flow) {
      this.flow.slider.value = "0";
      this.flow.read();
    }
    this.apply();
    this.root.querySelector("select, input")?.focus();
  }

  // How much passes; nothing where nothing is filtered.
  tell() {
    const { model } = this;
    const { filters } = this.state;
    const any = anyFilter(filters);
    this.clearing.hidden = !any;
    clear(this.result);
    clear(this.asked);
    if (!any) return;
    const chosen = Object.keys(KINDS).filter((kind) => filters[kind]).map((kind) => say("filter.asked", { kind: say(`filter.${kind}`), value: worded(model, kind, filters[kind]) }));
    if (filters.flow) chosen.push(say("filter.asked", { kind: say("filter.flow"), value: this.root.querySelector(".rg-least").textContent }));
    this.asked.textContent = chosen.join("; ");
    const legsAll = model.data.legs.count;
    let legs = 0;
    const filter = model.filter(filters);
    for (let i = 0; i < legsAll; i += 1) if (filter.leg(i)) legs += 1;
    const corridors = model.corridors.filter((one) => filter.corridor(one)).length;
    this.result.textContent = say("filter.passing", { corridors, corridorsAll: model.corridors.length, legs: shown(legs), legsAll: shown(legsAll) });
  }
}
