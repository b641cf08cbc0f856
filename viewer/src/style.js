// Colours, sizes and numbers. Colours that come with data would be checked here; none do.

import { language, say } from "./words.js";

export const COLOUR = {
  sea: "#dbe7ee",
  sheet: "#cfdde6",
  other: "#efece4",
  focus: "#fcfaf4",
  coast: "#9fb2bf",
  border: "#a79f93",
  contested: "#7d7568",
  region: "#cbc4b8",
  leg: "#3d5a78",
  place: "#1f2d3a",
  paper: "#ffffff",
  seizure: "#00707e",
  diversion: "#7a0177",
  country: "#8a8478",
  select: "#ffd500",
};

// A border in dispute: short dashes, unlike those of a leg.
export const BORDER = { width: 1.3, dashes: [4, 3] };

// One scale, pale to dark, so that it reads in grey and with any colour vision: a darker corridor scores higher.
const RAMP = ["#f2a541", "#e9772e", "#cf4a31", "#a12a45", "#6b1550", "#3c0a45"];
const HEX = /^#[0-9a-f]{6}$/i;

export function checkedColour(value, fallback) {
  return HEX.test(value) ? value : fallback;
}

export const clamp = (value, low, high) => Math.min(high, Math.max(low, Number.isFinite(value) ? value : low));

function between(stops, share) {
  const at = clamp(share, 0, 1) * (stops.length - 1);
  const low = Math.min(stops.length - 2, Math.floor(at));
  const mix = at - low;
  const part = (hex, k) => parseInt(hex.slice(1 + 2 * k, 3 + 2 * k), 16);
  const channel = (k) => Math.round(part(stops[low], k) * (1 - mix) + part(stops[low + 1], k) * mix);
  const two = (value) => value.toString(16).padStart(2, "0");
  return checkedColour(`#${two(channel(0))}${two(channel(1))}${two(channel(2))}`, stops[0]);
}

export const ramp = (share) => between(RAMP, share);

// Surprise, from far below what is expected to far above. Blue and red are apart for any colour vision; in grey, as
// expected is light, far below is middling and far above is nearly black, so that each side keeps its order and the
// sides differ.
const BELOW = ["#b5ab9a", "#86a9c4", "#5490c0", "#2f74ae"];
const ABOVE = ["#b5ab9a", "#dd8a3f", "#c2452d", "#8a1836", "#4a0a2e"];
export const surpriseColour = (value, most = 3) => {
  if (!Number.isFinite(value)) return COLOUR.leg;
  return value < 0 ? between(BELOW, -value / most) : between(ABOVE, value / most);
};

// Okabe and Ito's colours without their yellow, which is lost on paper, and a brown; the rest of the communities are grey.
const COMMUNITIES = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#1f2d3a", "#8c6d46"];
export const COMMUNITIES_TOLD_APART = COMMUNITIES.length;
export const communityColour = (k) => COMMUNITIES[k] || "#a8b0b6";
// A to H, which say the same in grey; numbers are the ranks of corridors.
export const communityLetter = (k) => (k >= 0 && k < COMMUNITIES.length ? String.fromCharCode(65 + k) : "");

// A letter on a disc of a colour, dark or light as reads better.
export function lettered(ctx, text, { x, y, fill, size }) {
  const light = [1, 3, 5].reduce((sum, at, k) => sum + [0.2126, 0.7152, 0.0722][k] * parseInt(fill.slice(at, at + 2), 16), 0);
  ctx.font = `700 ${size}px ${FONT}`;
  ctx.textAlign = "center";
  ctx.textBaseline = "middle";
  ctx.fillStyle = light > 110 ? COLOUR.place : COLOUR.paper;
  ctx.fillText(text, x, y + 0.05 * size);
}

// Colours of what happened to a leg, with the sign that says the same in grey.
export const CHANGE = {
  appeared: { colour: "#0072b2", sign: "+" },
  surged: { colour: "#007a59", sign: "\u25b2" },
  displaced_from: { colour: "#8a4f7d", sign: "\u25b2" },
  displaced_to: { colour: "#8a4f7d", sign: "\u25bc" },
  fell: { colour: "#c77f00", sign: "\u25bc" },
  vanished: { colour: "#b83b00", sign: "\u00d7" },
};

// How narrow a 90 % interval is, 0 to 1: 1 where its ends are within a factor of two, 0 from a factor of 128 on. Where no
// interval is known nothing is faded: 1.
export function certainty(p05, mean, p95) {
  if (!(mean > 0) || !Number.isFinite(p05) || !Number.isFinite(p95) || p95 <= 0) return 1;
  const spread = Math.log2(p95 / Math.max(p05, p95 / 1024));
  return clamp(1 - (spread - 1) / 6, 0, 1);
}
export const fade = (sure) => 0.45 + 0.55 * sure;

// Square root, so that a leg ten times as busy is about three times as wide and small ones stay visible.
export const legWidth = (flow, most) => (most > 0 ? clamp(0.5 + 6.5 * Math.sqrt(Math.max(0, flow) / most), 0.5, 7) : 1.2);
// The constant is small, so that the end of an interval stands out beside the line.
const onLine = (flow, most) => 3 + 8 * Math.sqrt(Math.max(0, flow) / most);
export const corridorWidth = (flow, most) => (most > 0 ? clamp(onLine(flow, most), 3, 11) : 6);
// The upper end of a corridor's interval on the same scale, which may reach beyond the widest flow.
export const bandWidth = (flow, most) => (most > 0 && flow > 0 ? clamp(onLine(flow, most), 3, 26) : 0);
export const placeRadius = (flow, most) => (most > 0 ? clamp(2.5 + 8.5 * Math.sqrt(Math.max(0, flow) / most), 2.5, 11) : 3.5);
export const seizureRadius = (count, most) => (most > 0 && count > 0 ? clamp(22 * Math.sqrt(count / most), 2, 22) : 0);

// Columns of the data, best first; the last is of legs that only candidate routes use: no record lies on them.
export const STATUS = ["travelled", "intended", "inferred", "no record"];
export const UNRECORDED = 3;
export const dash = (status, width) =>
  [[], [Math.max(7, 2.2 * width), Math.max(5, 1.5 * width)], [1, Math.max(4, 1.8 * width)], [Math.max(3, 0.9 * width), Math.max(8, 2.6 * width)]][status];
export const FAINT = 0.55;

const SHORT = new Intl.NumberFormat(language(), { maximumSignificantDigits: 3 });
const WHOLE = new Intl.NumberFormat(language(), { maximumFractionDigits: 0 });

export function shown(value) {
  if (!Number.isFinite(value)) return "";
  return Math.abs(value) >= 1000 || Number.isInteger(value) ? WHOLE.format(value) : SHORT.format(value);
}

// Whether figures are reported counts, which are said as counted; an estimate has two digits. As briefing/words.py does.
let counted = false;
export const sayCounts = (yes) => {
  counted = yes;
};

// Significant digits, halves to even, of what the tables hold: the page keeps columns as 32-bit numbers.
function significant(value, digits) {
  const exact = Number(value.toPrecision(7));
  const [mantissa, power] = exact.toExponential(30).split("e");
  const kept = mantissa.replace("-", "").slice(0, digits > 1 ? digits + 1 : 1);
  const rest = mantissa.replace("-", "").slice(kept.length).replace(".", "");
  if (!/^50*$/.test(rest) || Number(kept.at(-1)) % 2) return Number(exact.toPrecision(digits));
  return Math.sign(exact) * Number(`${kept}e${power}`);
}

// A number as people write it; an integer and whatever rounds to a hundred or more has all its digits.
function figure(value) {
  const size = Math.abs(value);
  if (Number.isInteger(value)) return WHOLE.format(value);
  if (size >= 9.995) return WHOLE.format(significant(value, Math.floor(Math.log10(size + 0.005)) + 1));
  return size >= 0.001 ? SHORT.format(significant(value, 2)) : say("under", { value: SHORT.format(0.001) });
}

// An estimate as every product says it.
export function estimate(value) {
  if (!Number.isFinite(value)) return "";
  const size = Math.abs(value);
  if (counted) return figure(Number(value.toPrecision(7)));
  if (size > 0 && size < 0.1) return say("under", { value: SHORT.format(0.1) });
  return size > 0 ? figure(significant(value, 2)) : figure(0);
}

// A measure that is no amount (betweenness, surprise): two digits however small.
export const measure = (value) => (Number.isFinite(value) ? SHORT.format(value ? significant(value, 2) : 0) : "");

// A share of the largest, in per cent, that never rounds to none or all.
export function percentOf(value) {
  if (!Number.isFinite(value)) return "";
  if (value > 0 && value < 1) return say("percent.under");
  return value > 99 && value < 100 ? say("percent.over") : say("percent", { value: WHOLE.format(value) });
}

// The largest number of two digits that is no more than a value.
export function floored(value) {
  if (!(value > 0)) return 0;
  const power = Number(value.toExponential().split("e")[1]) - 1;
  return Number(`${Math.floor(Number((value / 10 ** power).toPrecision(7)))}e${power}`);
}

// From which flow on it is said to be that large: what a person reads as 4,900 is 4,850 or more.
export function leastSaid(said) {
  if (!(said > 0)) return 0;
  const [mantissa, power] = said.toExponential().split("e").map(Number);
  if (counted && said >= 10) return said - 0.5;
  return said - 0.5 * 10 ** (power - (mantissa === 1 ? 2 : 1));
}

export function interval(mean, low, high, told = estimate) {
  if (!Number.isFinite(mean)) return "";
  const [value, from, to] = [mean, low, high].map(told);
  return Number.isFinite(low) && Number.isFinite(high) ? say("between", { mean: value, low: from, high: to }) : value;
}

// A chance as a count of a hundred, with as many digits as people read.
export function inHundred(p) {
  if (!Number.isFinite(p)) return "";
  const value = 100 * p;
  if (value < 0.01) return say("hundred.under");
  return value >= 2.95 ? value.toFixed(0) : String(Number(value.toPrecision(value >= 0.95 ? 2 : 1)));
}

export function chanceInterval(mean, low, high) {
  if (!Number.isFinite(mean)) return "";
  const value = inHundred(mean);
  if (!Number.isFinite(low) || !Number.isFinite(high)) return say("hundred", { value });
  return say("hundred.between", { value, low: inHundred(low), high: inHundred(high) });
}

// A round number near a value, for the legend.
export function rounded(value) {
  if (!(value > 0)) return 0;
  const size = 10 ** Math.floor(Math.log10(value));
  return Math.max(Math.round(value / size) * size, size);
}

export const FONT = '"routegraph names", "Noto Sans", "Segoe UI", Roboto, "Helvetica Neue", Arial, "Noto Sans Thai", "Leelawadee UI", "Noto Sans Khmer", "Khmer UI", "Noto Sans Myanmar", "Myanmar Text", "Noto Sans Lao", "Lao UI", "Noto Sans SC", "Microsoft YaHei", sans-serif';
