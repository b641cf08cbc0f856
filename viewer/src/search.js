// Search over names, ids and records, in any script: a combobox whose list opens evidence.

import { clear, el, isolated } from "./dom.js";
import { shown } from "./style.js";
import { say } from "./words.js";

const MOST = 12;
// Accents of Latin letters are ignored; marks of other scripts are letters of their own and stay.
export const plain = (text) => text.normalize("NFKD").replace(/[\u0300-\u036f]/g, "").normalize("NFC").toLowerCase().replaceAll("\u0111", "d").replaceAll("\u0142", "l").replaceAll("\u00f8", "o");

export class Search {
  constructor(model, choose) {
    Object.assign(this, { model, choose, found: [], at: -1 });
    this.list = el("ul", { id: "rg-found", role: "listbox", "aria-label": say("search.list") });
    this.list.hidden = true;
    this.told = el("span", { class: "rg-hidden", role: "status" });
    this.input = el("input", {
      type: "search", id: "rg-search", role: "combobox", "aria-label": say("search"), "aria-expanded": "false", "aria-controls": "rg-found",
      "aria-autocomplete": "list",
      on: { input: () => this.look(), keydown: (event) => this.key(event), focus: () => this.look(), blur: () => setTimeout(() => this.close(), 150) },
    });
    this.input.placeholder = say("search");
    this.input.autocomplete = "off";
    this.input.spellcheck = false;
    this.root = el("div", { class: "rg-search", role: "search" }, this.input, this.list, this.told);
  }

  // Worked out when first asked for: [what is compared, item, how it is shown].
  get entries() {
    if (this.made) return this.made;
    const { model } = this;
    const { places } = model.data;
    const made = model.corridors.map((one) => ({
      text: plain([one.corridor_id || "", ...one.stops.map((stop) => `${model.name(stop)} ${places.id[stop] ?? ""}`)].join(" ")), item: { kind: "corridor", at: one.at },
      title: one.stops.map((stop) => model.name(stop)).join(" \u2192 "), kind: say("search.corridor", { rank: one.rank ?? one.at + 1 }),
    }));
    const order = [...Array(places.count).keys()].sort((a, b) => model.radius(b) - model.radius(a) || a - b);
    const named = order.map((i) => ({ text: plain(`${places.name[i]} ${places.id[i]} ${model.country(i)} ${model.countryName(model.country(i))}`), item: { kind: "place", at: i }, title: model.label(i), kind: say("search.place") }));
    this.made = [...named, ...made, ...this.records()];
    return this.made;
  }

  // Every record id that the page carries, and the first corridor, place or leg that it stands behind.
  records() {
    const { model } = this;
    const { evidence, records } = model.data;
    const behind = new Map();
    const keep = (id, item) => behind.has(id) || behind.set(id, item);
    for (const one of model.corridors) for (const id of (one.record_ids || "").split("; ").filter(Boolean)) keep(id, { kind: "corridor", at: one.at });
    for (const kind of ["place", "leg"]) for (const at of Object.keys(evidence[`${kind}s`])) for (const id of evidence[`${kind}s`][at][1]) keep(id, { kind, at: Number(at) });
    return records.id.filter((id) => behind.has(id)).map((id) => ({ text: plain(id), item: behind.get(id), title: id, kind: say("search.record") }));
  }

  look() {
    const wanted = plain(this.input.value.trim());
    if (!wanted) return this.close();
    const starts = [];
    const holds = [];
    for (const one of this.entries) {
      const k = one.text.indexOf(wanted);
      if (k === 0) starts.push(one);
      else if (k > 0) holds.push(one);
    }
    const all = [...starts, ...holds];
    this.found = all.slice(0, MOST);
    this.at = this.found.length ? 0 : -1;
    clear(this.list).append(...this.found.map((one, k) => this.option(one, k)));
    const told = this.tells(all.length);
    this.list.append(...told.map((text) => el("li", { class: "rg-nothing", role: "presentation", text })));
    this.list.hidden = false;
    this.input.setAttribute("aria-expanded", "true");
    this.told.textContent = told.length ? told.join(". ") : say("search.results", { n: all.length });
    this.mark();
    return undefined;
  }

  // What the list leaves out: hits beyond those it holds, and records whose ids the page does not carry.
  tells(hits) {
    const { records, recordCount } = this.model.data;
    if (hits > MOST) return [say("search.some", { n: MOST, all: shown(hits) })];
    if (hits) return [];
    const carried = records.id.length;
    const some = carried < recordCount ? [say("search.records", { n: shown(carried), all: shown(recordCount) })] : [];
    return [say("search.none"), ...some];
  }

  option(one, k) {
    // mousedown comes before the field loses its focus, which closes the list
    const act = (event) => {
      event.preventDefault();
      this.take(k);
    };
    return el("li", { role: "option", id: `rg-found-${k}`, "aria-selected": "false", on: { mousedown: act } }, el("span", { class: "rg-found-name" }, isolated(one.title)), el("span", { class: "rg-found-kind", text: one.kind }));
  }

  mark() {
    [...this.list.querySelectorAll("[role=option]")].forEach((node, k) => {
      node.setAttribute("aria-selected", String(k === this.at));
      if (k === this.at) node.scrollIntoView({ block: "nearest" });
    });
    if (this.at >= 0) this.input.setAttribute("aria-activedescendant", `rg-found-${this.at}`);
    else this.input.removeAttribute("aria-activedescendant");
  }

  key(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && this.found.length) {
      event.preventDefault();
      this.at = (this.at + step + this.found.length) % this.found.length;
      this.mark();
    } else if (event.key === "Enter" && !this.list.hidden && this.at >= 0) {
      event.preventDefault();
      this.take(this.at);
    } else if (event.key === "Escape" && !this.list.hidden) {
      // the browser would empty the field
      event.preventDefault();
      event.stopPropagation();
      this.close();
    }
  }

  take(k) {
    const { item } = this.found[k];
    this.input.value = "";
    this.close();
    this.choose(item, { from: this.input, zoom: true });
  }

  close() {
    this.list.hidden = true;
    this.at = -1;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }
}
