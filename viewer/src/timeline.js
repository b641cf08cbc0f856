// The time slider: the whole period first, then one period after another.

import { el } from "./dom.js";
import { say } from "./words.js";

const STEP_MS = 1400;
const MOST_TICKS = 8;

export class Timeline {
  constructor(model, state, changed) {
    Object.assign(this, { model, state, changed, timer: 0 });
    const act = (key, text, click) => el("button", { type: "button", class: `rg-${key}`, "aria-label": say(`time.${key}`), text, on: { click } });
    this.button = act("play", "\u25b6", () => (this.timer ? this.pause() : this.play()));
    const earlier = act("earlier", "\u2039", () => this.by(-1));
    const later = act("later", "\u203a", () => this.by(1));
    this.slider = el("input", { type: "range", id: "rg-time", "aria-label": say("time.slider"), value: 0 });
    Object.assign(this.slider, { min: "0", max: String(model.periods.length), step: "1" });
    this.slider.addEventListener("input", () => {
      this.pause();
      this.show(Number(this.slider.value));
    });
    this.slider.addEventListener("keydown", (event) => {
      if (event.key !== " ") return;
      event.preventDefault();
      this.button.click();
    });
    this.label = el("output", { class: "rg-period-now", for: "rg-time", "aria-live": "off" });
    const track = el("div", { class: "rg-track" }, this.slider, this.ticks());
    this.root = el("section", { class: "rg-time", "aria-label": say("time") }, this.button, earlier, track, later, this.label);
    this.tell();
  }

  // Labels under the stops they belong to, as many as there is room for; the last one always.
  ticks() {
    const { periods } = this.model;
    const every = Math.ceil(periods.length / MOST_TICKS);
    const named = periods.map((text, k) => [text, k + 1]).filter(([, stop]) => (periods.length - stop) % every === 0);
    const marks = [[say("time.all"), 0], ...named].map(([text, stop]) => {
      const tick = el("span", { text });
      // the thumb's middle runs from half its width to half its width
      tick.style.left = `calc(8px + (100% - 16px) * ${stop / periods.length})`;
      return tick;
    });
    return el("div", { class: "rg-ticks", "aria-hidden": "true" }, ...marks);
  }

  get at() {
    return this.state.period === null ? 0 : this.state.period + 1;
  }

  // 0 is the whole period.
  show(stop) {
    const last = this.model.periods.length;
    const now = Math.min(last, Math.max(0, stop));
    this.state.period = now ? now - 1 : null;
    this.model.setPeriod(this.state.period);
    this.slider.value = String(now);
    this.tell();
    this.changed();
  }

  by(steps) {
    this.pause();
    this.show(this.at + steps);
  }

  play() {
    const last = this.model.periods.length;
    if (this.at === last) this.show(0);
    this.timer = setInterval(() => {
      if (this.at >= last) this.pause();
      else this.show(this.at + 1);
    }, STEP_MS);
    this.say("pause", "\u275a\u275a");
    this.show(this.at + 1);
  }

  pause() {
    clearInterval(this.timer);
    this.timer = 0;
    this.say("play", "\u25b6");
  }

  say(key, sign) {
    this.button.setAttribute("aria-label", say(`time.${key}`));
    this.button.textContent = sign;
  }

  tell() {
    const { period } = this.state;
    const text = period === null ? say("time.whole") : this.model.periods[period];
    this.label.textContent = text;
    this.slider.setAttribute("aria-valuetext", text);
    this.root.classList.toggle("rg-one", period !== null);
  }
}
