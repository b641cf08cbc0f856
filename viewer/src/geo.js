// Great circles on the sheet. World units: web Mercator pixels at zoom 0, 256 across.

export const WORLD = 256;
const RAD = Math.PI / 180;

export const worldX = (lon) => ((lon + 180) / 360) * WORLD;
export function worldY(lat) {
  const sine = Math.sin(Math.max(-85.0511, Math.min(85.0511, lat)) * RAD);
  return (0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI)) * WORLD;
}

// A longitude within 180 degrees of the sheet's middle.
export const about = (lon, centre) => ((((lon - centre + 180) % 360) + 360) % 360) - 180 + centre;

const vector = (lat, lon) => [
  Math.cos(lat * RAD) * Math.cos(lon * RAD),
  Math.cos(lat * RAD) * Math.sin(lon * RAD),
  Math.sin(lat * RAD),
];

// Positions [lon, lat, lon, lat, ...] along the shorter way round; longitude runs on over 180 instead of leaping.
export function greatCircle(lat1, lon1, lat2, lon2, steps) {
  const a = vector(lat1, lon1);
  let b = vector(lat2, lon2);
  const dot = Math.max(-1, Math.min(1, a[0] * b[0] + a[1] * b[1] + a[2] * b[2]));
  let angle = Math.acos(dot);
  if (angle > Math.PI - 1e-6) {
    // Antipodes: every way is as short; take the one over the equator's side of the pole.
    b = Math.abs(lat1) > 89 ? vector(0, lon2) : vector(lat1 > 0 ? lat1 - 90 : lat1 + 90, lon1);
    angle = Math.PI;
    const out = new Float64Array((steps + 1) * 2);
    fill(out, steps, lon1, { one: (t) => Math.cos(t * angle), two: (t) => Math.sin(t * angle) }, a, b);
    return out;
  }
  const sine = Math.sin(angle);
  const out = new Float64Array((steps + 1) * 2);
  if (sine < 1e-9) fill(out, steps, lon1, { one: (t) => 1 - t, two: (t) => t }, a, b);
  else fill(out, steps, lon1, { one: (t) => Math.sin((1 - t) * angle) / sine, two: (t) => Math.sin(t * angle) / sine }, a, b);
  return out;
}

function fill(out, steps, lon1, { one, two }, a, b) {
  let last = lon1;
  for (let i = 0; i <= steps; i += 1) {
    const [p, q] = [one(i / steps), two(i / steps)];
    const x = p * a[0] + q * b[0];
    const y = p * a[1] + q * b[1];
    const z = p * a[2] + q * b[2];
    let lon = Math.atan2(y, x) / RAD;
    lon += Math.round((last - lon) / 360) * 360;
    last = lon;
    out[2 * i] = lon;
    out[2 * i + 1] = Math.atan2(z, Math.hypot(x, y)) / RAD;
  }
}

// Pieces of a leg in world units: a great circle, bowed to the right of travel so that two directions stay apart, and cut at the sheet's edge.
export function arc(lat1, lon1, lat2, lon2, { centre = 0, bow = 0.05, bowLimit = 0.9, steps = 24 } = {}) {
  const line = greatCircle(lat1, about(lon1, centre), lat2, lon2, steps);
  const xy = new Float64Array(line.length);
  for (let i = 0; i < line.length; i += 2) {
    xy[i] = worldX(line[i]);
    xy[i + 1] = worldY(line[i + 1]);
  }
  const dx = xy[xy.length - 2] - xy[0];
  const dy = xy[xy.length - 1] - xy[1];
  const length = Math.hypot(dx, dy);
  if (bow && length > 0) {
    const most = Math.min(bow * length, bowLimit);
    for (let i = 0; i < xy.length; i += 2) {
      const lift = most * Math.sin((Math.PI * i) / (xy.length - 2));
      xy[i] -= (dy / length) * lift;
      xy[i + 1] += (dx / length) * lift;
    }
  }
  return split(xy, worldX(centre - 180));
}

// Cut a line at the sheet's left and right edge; what runs over comes in again on the other side.
export function split(xy, west) {
  const east = west + WORLD;
  let inside = true;
  for (let i = 0; i < xy.length; i += 2) if (xy[i] < west || xy[i] > east) inside = false;
  if (inside) return [xy];
  const pieces = [];
  let piece = [];
  let shift = 0;
  for (let i = 0; i < xy.length; i += 2) {
    let x = xy[i] + shift;
    const y = xy[i + 1];
    if (piece.length && (x < west || x > east)) {
      const edge = x < west ? west : east;
      const lastX = piece[piece.length - 2];
      const lastY = piece[piece.length - 1];
      const t = x === lastX ? 0 : (edge - lastX) / (x - lastX);
      const crossing = lastY + t * (y - lastY);
      piece.push(edge, crossing);
      pieces.push(Float64Array.from(piece));
      const turn = x < west ? WORLD : -WORLD;
      shift += turn;
      x += turn;
      piece = [edge + turn, crossing];
    }
    piece.push(x, y);
  }
  pieces.push(Float64Array.from(piece));
  return pieces;
}

const EARTH_KM = 6371.0088;
export function kilometres(lat1, lon1, lat2, lon2) {
  const h = Math.sin(((lat2 - lat1) * RAD) / 2) ** 2
    + Math.cos(lat1 * RAD) * Math.cos(lat2 * RAD) * Math.sin(((lon2 - lon1) * RAD) / 2) ** 2;
  return 2 * EARTH_KM * Math.asin(Math.min(1, Math.sqrt(h)));
}
