// What the analyses found, drawn over the map: where licit goods may turn illicit, and which legs changed.

import { along, pixelsAlong, traceArc } from "./draw.js";
import { CHANGE, COLOUR, FONT } from "./style.js";

// How far the diamond around each place of the credible set reaches: farther where the share is larger.
export function diamonds(model, places) {
  const found = places.map((i) => [i, model.diversionAt(i)]).filter(([, one]) => one?.inSet);
  const most = Math.max(0, ...found.map(([, one]) => one.mean));
  return new Map(found.map(([i, one]) => [i, model.radius(i) + 4 + 6 * Math.sqrt(most > 0 ? Math.max(0, one.mean) / most : 0)]));
}

export function drawDiversion(ctx, view, model, sizes) {
  ctx.save();
  ctx.lineJoin = "miter";
  for (const [i, size] of sizes) {
    const [x, y] = [model.placeX[i] * view.scale - view.x, model.placeY[i] * view.scale - view.y];
    ctx.beginPath();
    ctx.moveTo(x, y - size);
    ctx.lineTo(x + size, y);
    ctx.lineTo(x, y + size);
    ctx.lineTo(x - size, y);
    ctx.closePath();
    ctx.strokeStyle = COLOUR.paper;
    ctx.lineWidth = 5;
    ctx.stroke();
    ctx.strokeStyle = COLOUR.diversion;
    ctx.lineWidth = 2.4;
    ctx.stroke();
  }
  ctx.restore();
}

// Legs whose change has a name and how that is drawn, the largest change last, so that it lies over the others.
function changes(model, legs) {
  const told = legs.map((leg) => ({ leg, one: model.changeOf(leg) })).filter(({ one }) => one && CHANGE[one.what]);
  const size = ({ one }) => (Number.isFinite(one.after - one.before) ? Math.abs(one.after - one.before) : Math.abs(one.mean));
  const found = told.map((each) => ({ ...each, look: CHANGE[each.one.what], size: size(each) }));
  return found.sort((a, b) => a.size - b.size || b.leg - a.leg);
}

// In the colour of what happened and with its sign, which says the same in grey.
export function drawChange(ctx, view, model, { legs, labels }) {
  const found = changes(model, legs);
  ctx.save();
  ctx.lineCap = "round";
  ctx.lineJoin = "round";
  for (const { leg, look } of found) {
    const width = Math.max(3, model.legWidth(leg));
    for (const [colour, wide] of [[COLOUR.paper, width + 3], [look.colour, width]]) {
      ctx.beginPath();
      for (const piece of model.arc(leg)) traceArc(ctx, view, piece, 0);
      ctx.strokeStyle = colour;
      ctx.lineWidth = wide;
      ctx.stroke();
    }
  }
  drawSigns(ctx, view, model, { found: found.reverse(), labels });
  ctx.restore();
}

function drawSigns(ctx, view, model, { found, labels }) {
  ctx.font = `700 13px ${FONT}`;
  ctx.textAlign = "center";
  ctx.textBaseline = "middle";
  for (const { leg, look } of found) {
    const spots = model.arc(leg).filter((piece) => pixelsAlong(piece, view) > 26)
      .flatMap((piece) => [0.5, 0.4, 0.6, 0.3, 0.7, 0.2, 0.8].map((share) => along(piece, view, share)));
    const spot = spots.find(({ x, y }) => labels.take([x - 10, y - 10, x + 10, y + 10]));
    if (!spot) continue;
    ctx.beginPath();
    ctx.arc(spot.x, spot.y, 9, 0, 2 * Math.PI);
    ctx.fillStyle = COLOUR.paper;
    ctx.fill();
    ctx.strokeStyle = look.colour;
    ctx.lineWidth = 2;
    ctx.stroke();
    ctx.fillStyle = COLOUR.place;
    ctx.fillText(look.sign, spot.x, spot.y + 0.5);
  }
}
