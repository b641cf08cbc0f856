// Legs, corridors, places and seizures on the canvas.

import { ribbon, track } from "./ribbon.js";
import { COLOUR, communityLetter, dash, fade, FAINT, lettered, UNRECORDED } from "./style.js";

// Add a line to the current path, `aside` pixels to the right of travel.
export function traceArc(ctx, view, piece, aside) {
  const last = piece.length - 2;
  for (let i = 0; i <= last; i += 2) {
    let x = piece[i] * view.scale - view.x;
    let y = piece[i + 1] * view.scale - view.y;
    if (aside) {
      const [a, b] = [Math.max(0, i - 2), Math.min(last, i + 2)];
      const dx = piece[b] - piece[a];
      const dy = piece[b + 1] - piece[a + 1];
      const length = Math.hypot(dx, dy) || 1;
      // Lanes meet at the places, so that no corridor seems to pass one by.
      const ease = Math.sin((Math.PI * i) / Math.max(2, last)) ** 0.5;
      x -= (dy / length) * aside * ease;
      y += (dx / length) * aside * ease;
    }
    if (i) ctx.lineTo(x, y);
    else ctx.moveTo(x, y);
  }
}

export const pixelsAlong = (piece, view) => view.scale * Math.hypot(piece[piece.length - 2] - piece[0], piece[piece.length - 1] - piece[1]);

// Position and heading at a share of a piece's length, in pixels.
export function along(piece, view, share, aside = 0) {
  const i = Math.min(piece.length - 4, 2 * Math.floor(share * (piece.length / 2 - 1)));
  const part = share * (piece.length / 2 - 1) - i / 2;
  const dx = piece[i + 2] - piece[i];
  const dy = piece[i + 3] - piece[i + 1];
  const length = Math.hypot(dx, dy) || 1;
  const ease = aside ? Math.sin(Math.PI * share) ** 0.5 * aside : 0;
  return {
    x: (piece[i] + part * dx) * view.scale - view.x - (dy / length) * ease,
    y: (piece[i + 1] + part * dy) * view.scale - view.y + (dx / length) * ease,
    heading: Math.atan2(dy, dx),
  };
}

function arrowHead(ctx, at, size) {
  const [cos, sin] = [Math.cos(at.heading), Math.sin(at.heading)];
  const point = (forward, side) => [at.x + forward * cos - side * sin, at.y + forward * sin + side * cos];
  ctx.moveTo(...point(size, 0));
  ctx.lineTo(...point(-0.7 * size, 0.75 * size));
  ctx.lineTo(...point(-0.25 * size, 0));
  ctx.lineTo(...point(-0.7 * size, -0.75 * size));
  ctx.closePath();
}

// How strongly a leg is drawn: the more legs in view, the fainter the thin ones, so that busy legs stand out of the mass.
function strength(width, count) {
  const crowd = Math.min(1, Math.max(0, Math.log2(Math.max(1, count) / 150) / 4));
  const thin = 1 - Math.min(1, (width - 0.5) / 3.5);
  return 0.58 * (1 - crowd * (0.42 + 0.44 * thin));
}

// More places than this in view, and the small ones are dots, so that the large ones stand out.
const CROWD = 300;

function dot(ctx, view, model, i) {
  ctx.beginPath();
  ctx.arc(model.placeX[i] * view.scale - view.x, model.placeY[i] * view.scale - view.y, 1.7, 0, 2 * Math.PI);
  ctx.fillStyle = COLOUR.place;
  ctx.fill();
}

// Where corridors are drawn legs are one quiet colour; alone they tell surprise themselves.
export function drawLegs(ctx, view, model, legs, { dimmed, coloured }) {
  // Legs of one look are stroked together: thousands of strokes become a few dozen.
  const looks = new Map();
  for (let n = legs.length - 1; n >= 0; n -= 1) {
    const leg = legs[n];
    const width = Math.round(model.legWidth(leg) * 2) / 2;
    const status = model.status(leg);
    const colour = (coloured && model.legColour(leg)) || COLOUR.leg;
    // Three grades of fading are as many as the eye tells apart.
    const sure = Math.round(2 * model.legSure(leg)) / 2;
    const key = `${width} ${status} ${colour} ${sure}`;
    if (!looks.has(key)) looks.set(key, { width, status, colour, sure, legs: [] });
    looks.get(key).legs.push(leg);
  }
  const shortest = legs.length > 1500 ? 90 : legs.length > 400 ? 50 : 26;
  ctx.save();
  ctx.lineJoin = "round";
  for (const { width, status, colour, sure, legs: alike } of [...looks.values()].sort((a, b) => a.width - b.width)) {
    const alpha = (dimmed ? 0.16 : strength(width, legs.length)) * (status === UNRECORDED ? FAINT : 1) * fade(sure);
    ctx.globalAlpha = alpha;
    ctx.strokeStyle = colour;
    ctx.fillStyle = colour;
    ctx.lineWidth = width;
    ctx.lineCap = status === 2 ? "round" : "butt";
    ctx.setLineDash(dash(status, width));
    ctx.beginPath();
    for (const leg of alike) for (const piece of model.arc(leg)) traceArc(ctx, view, piece, 0);
    ctx.stroke();
    // In a crowd the heads of the thinnest legs would be all one sees; which way these bow still tells their direction.
    if (width < 1.5 && legs.length > 300) continue;
    ctx.globalAlpha = Math.min(0.85, alpha * 1.35);
    ctx.beginPath();
    for (const leg of alike) {
      for (const piece of model.arc(leg)) {
        if (pixelsAlong(piece, view) > shortest) arrowHead(ctx, along(piece, view, 0.56), 3 + 1.05 * width);
      }
    }
    ctx.fill();
  }
  ctx.restore();
}

export function drawCorridors(ctx, view, model, corridors, selected) {
  ctx.save();
  const order = [...corridors].sort((a, b) => (a.at === selected) - (b.at === selected) || b.at - a.at);
  for (const one of order) {
    const strength = selected >= 0 && one.at !== selected ? 0.22 : 1;
    const steps = one.pairs.flatMap((pair) => model.arcBetween(pair.from, pair.to).map((piece) => [track(view, piece, pair.lane * 5), pair.status]));
    const band = model.corridorBand(one);
    const each = (width, alpha, colour, dashed) => {
      ctx.globalAlpha = strength * alpha;
      ctx.fillStyle = colour;
      for (const [points, status] of steps) ribbon(ctx, points, width, dashed ? corridorDash(status, width) : []);
    };
    // Paper under it, then how far the interval reaches, then a pale band that holds dashes and dots together.
    each(Math.max(one.width, band) + 2.5, 0.9, COLOUR.paper, false);
    if (band > one.width + 1) each(band, 0.42, one.colour, false);
    if (steps.some(([, status]) => status)) each(one.width, 0.4, one.colour, false);
    each(one.width, fade(model.corridorSure(one)), one.colour, true);
  }
  ctx.restore();
}

const corridorDash = (status, width) => (status === 2 ? [1, 1.5 * width] : dash(status, width));

// The rank of each corridor on its line, best first, where there is room.
export function drawRanks(ctx, view, model, corridors, { selected, labels }) {
  for (const one of corridors) {
    const pieces = one.pairs.flatMap((pair) => model.arcBetween(pair.from, pair.to).map((piece) => [piece, pair.lane * 5]));
    ctx.globalAlpha = selected >= 0 && one.at !== selected ? 0.25 : 1;
    labels.badge(one, pieces, view);
  }
  ctx.globalAlpha = 1;
}

export function drawSeizures(ctx, view, model, wanted) {
  if (!wanted) return;
  ctx.save();
  ctx.lineWidth = 1.2;
  ctx.setLineDash([3, 2]);
  for (let i = 0; i < model.data.places.count; i += 1) {
    const radius = model.seizureRadius(i);
    if (!radius || !model.located(i)) continue;
    ctx.beginPath();
    ctx.arc(model.placeX[i] * view.scale - view.x, model.placeY[i] * view.scale - view.y, radius, 0, 2 * Math.PI);
    ctx.globalAlpha = 0.16;
    ctx.fillStyle = COLOUR.seizure;
    ctx.fill();
    ctx.globalAlpha = 0.9;
    ctx.strokeStyle = COLOUR.seizure;
    ctx.stroke();
  }
  ctx.restore();
}

export function drawPlaces(ctx, view, model, places, { communities }) {
  ctx.save();
  ctx.strokeStyle = COLOUR.place;
  const crowded = places.length > CROWD;
  for (const i of [...places].sort((a, b) => model.radius(a) - model.radius(b))) {
    const radius = model.radius(i);
    if (crowded && radius < 4.5 && !communities) {
      dot(ctx, view, model, i);
      continue;
    }
    ctx.lineWidth = radius > 4 ? 1.8 : 1.2;
    const community = communities ? model.communityOf(i) : -1;
    ctx.fillStyle = community < 0 ? COLOUR.paper : model.communityColour(community);
    ctx.beginPath();
    ctx.arc(model.placeX[i] * view.scale - view.x, model.placeY[i] * view.scale - view.y, radius, 0, 2 * Math.PI);
    ctx.fill();
    ctx.stroke();
    if (community >= 0 && radius >= LETTERED) letterOf(ctx, view, model, i);
  }
  ctx.restore();
}

// Discs of this radius on have room for a letter.
const LETTERED = 6.5;

function letterOf(ctx, view, model, i) {
  const community = model.communityOf(i);
  const [x, y] = [model.placeX[i] * view.scale - view.x, model.placeY[i] * view.scale - view.y];
  lettered(ctx, communityLetter(community), { x, y, fill: model.communityColour(community), size: Math.min(12, 1.55 * model.radius(i)) });
}
