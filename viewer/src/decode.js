// From the JSON island to typed arrays.

import { say } from "./words.js";

const TYPES = { f4: Float32Array, u1: Uint8Array, u2: Uint16Array, u4: Uint32Array, i4: Int32Array };

export async function unpack(column) {
  const text = atob(column.data);
  let bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i += 1) bytes[i] = text.charCodeAt(i);
  if (column.deflated) {
    if (typeof DecompressionStream === "undefined") throw new Error(say("failed.old"));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
    bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  }
  const type = TYPES[column.type];
  if (!type || bytes.byteLength % type.BYTES_PER_ELEMENT) throw new Error(say("failed.damaged"));
  return new type(bytes.buffer);
}

const isPacked = (value) => value && typeof value === "object" && typeof value.data === "string";
const isWords = (value) => value && typeof value === "object" && Array.isArray(value.words);

async function table(source) {
  const out = {};
  for (const [key, value] of Object.entries(source)) {
    if (isPacked(value)) out[key] = await unpack(value);
    else if (isWords(value)) out[key] = { words: value.words, codes: await unpack(value.codes) };
    else out[key] = value;
  }
  return out;
}

async function shapes(parts) {
  return Promise.all(
    parts.map(async (part) => ({ box: part.box, lengths: await unpack(part.lengths), xy: await unpack(part.xy) })),
  );
}

// Position -> [records in all, positions of the first ids].
async function uses(source) {
  const { at, total, listed, ids } = await table(source);
  const found = {};
  let from = 0;
  for (let k = 0; k < at.length; k += 1) {
    found[at[k]] = [total[k], ids.subarray(from, from + listed[k])];
    from += listed[k];
  }
  return found;
}

// The ids as text, worked out when first asked for: a page holds thousands.
function asText(found, records) {
  const out = {};
  for (const [at, [total, ids]] of Object.entries(found)) {
    Object.defineProperty(out, at, { enumerable: true, get: () => [total, Array.from(ids, (k) => records.id[k])] });
  }
  return out;
}

async function lists(source, names, records) {
  const pairs = await Promise.all(names.map(async (name) => [name, asText(await uses(source[name]), records)]));
  return Object.fromEntries(pairs);
}

export async function readCase(id) {
  const raw = JSON.parse(document.getElementById(id).textContent);
  const base = {};
  for (const key of ["focus", "other", "coasts", "borders", "contested", "regions"]) base[key] = await shapes(raw.base[key]);
  for (const key of ["names", "note", "disputed"]) base[key] = raw.base[key];
  const records = await table(raw.records);
  const optional = {};
  for (const key of ["time", "diversion", "change", "communities"]) optional[key] = raw[key] ? await table(raw[key]) : null;
  return {
    ...raw, ...optional, base, records,
    places: await table(raw.places), legs: await table(raw.legs),
    evidence: await lists(raw.evidence, ["legs", "places"], records),
    drivers: await lists(raw.drivers, ["seized", "passed"], records),
  };
}

// A number of a column, or NaN where the table lacks the column.
export const number = (column, row) => (column === undefined ? NaN : Number(column[row]));
export const word = (column, row) => (column === undefined ? "" : column.words[column.codes[row]] || "");
