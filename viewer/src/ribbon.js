// A tapered line: wide where consignments set out, narrow where they arrive, so that its direction shows without a word.

import { along } from "./draw.js";

// How much of its width a step has left where it ends.
const END = 0.42;

// Pixels along a piece, with how far each is from its beginning.
export function track(view, piece, aside) {
  const count = piece.length / 2;
  const steps = Math.max(count, 16);
  const points = [];
  let far = 0;
  for (let k = 0; k <= steps; k += 1) {
    const { x, y } = along(piece, view, Math.min(k / steps, 1 - 1e-9), aside);
    if (k) far += Math.hypot(x - points[k - 1].x, y - points[k - 1].y);
    points.push({ x, y, far });
  }
  return points;
}

const widthAt = (width, share) => width * (1 - (1 - END) * share);

function at(points, far) {
  let k = 1;
  while (k < points.length - 1 && points[k].far < far) k += 1;
  const [a, b] = [points[k - 1], points[k]];
  const part = b.far > a.far ? (far - a.far) / (b.far - a.far) : 0;
  return { x: a.x + part * (b.x - a.x), y: a.y + part * (b.y - a.y), far };
}

// Add the outline of one stretch, from `from` to `to` pixels along, to the path.
function stretch(ctx, points, width, from, to) {
  const whole = points.at(-1).far || 1;
  const inner = points.filter((one) => one.far > from && one.far < to);
  const line = [at(points, from), ...inner, at(points, to)];
  const sides = [[], []];
  for (let k = 0; k < line.length; k += 1) {
    const [a, b] = [line[Math.max(0, k - 1)], line[Math.min(line.length - 1, k + 1)]];
    const length = Math.hypot(b.x - a.x, b.y - a.y) || 1;
    const half = widthAt(width, line[k].far / whole) / 2;
    const [nx, ny] = [(-(b.y - a.y) / length) * half, ((b.x - a.x) / length) * half];
    sides[0].push([line[k].x + nx, line[k].y + ny]);
    sides[1].unshift([line[k].x - nx, line[k].y - ny]);
  }
  [...sides[0], ...sides[1]].forEach(([x, y], k) => (k ? ctx.lineTo(x, y) : ctx.moveTo(x, y)));
  ctx.closePath();
}

// Fill a tapered line: whole, in dashes, or in dots (see style.js: what is known of a step).
export function ribbon(ctx, points, width, dashes = []) {
  const whole = points.at(-1).far;
  ctx.beginPath();
  if (!dashes.length) stretch(ctx, points, width, 0, whole);
  else if (dashes[0] <= 1) {
    for (let far = width / 2; far <= whole; far += dashes[1]) {
      const { x, y } = at(points, far);
      const radius = widthAt(width, far / whole) / 2;
      ctx.moveTo(x + radius, y);
      ctx.arc(x, y, radius, 0, 2 * Math.PI);
    }
  } else {
    for (let far = 0; far < whole; far += dashes[0] + dashes[1]) stretch(ctx, points, width, far, Math.min(whole, far + dashes[0]));
  }
  ctx.fill();
}
