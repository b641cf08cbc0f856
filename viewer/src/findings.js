// What the analyses found, drawn over the map: where licit goods may turn illicit, and which legs changed.

import { along, pixelsAlong, traceArc } from "./draw.js";
import { CHANGE, COLOUR, FONT } from "./style.js";

// How far the diamond around each place of the credible set reaches: farther where the chance is larger.
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

// Legs that changed and how that is drawn, most telling last: those whose change has a name lie over those that only rose
// or sank, and among each the larger change over the smaller.
function changes(model, legs) {
  const told = legs.map((leg) => ({ leg, one: model.changeOf(leg) })).filter(({ one }) => one && CHANGE[one.tells]);
  const size = ({ one }) => (Number.isFinite(one.after - one.before) ? Math.abs(one.after - one.before) : Math.abs(one.mean));
  const found = told.map((each) => ({ ...each, named: Boolean(each.one.what), look: CHANGE[each.one.tells], size: size(each) }));
  return found.sort((a, b) => a.named - b.named || a.size - b.size || b.leg - a.leg);
}

// Signs of changes without a name: more than this and they are all that one sees.
const SIGNS = 30;

// In the colour of what happened and with its sign, which says the same in grey.
export function drawChange(ctx, view, model, { legs, labels }) {
  const found = changes(model, legs);
  const anyNamed = found.some(({ named }) => named);
  ctx.save();
  ctx.lineCap = "round";
  ctx.lineJoin = "round";
  const stroke = (legs, colour, width) => {
    ctx.beginPath();
    for (const leg of legs) for (const piece of model.arc(leg)) traceArc(ctx, view, piece, 0);
    ctx.strokeStyle = colour;
    ctx.lineWidth = width;
    ctx.stroke();
  };
  const [quiet, loud] = anyNamed ? [found.filter(({ named }) => !named), found.filter(({ named }) => named)] : [[], found];
  ctx.globalAlpha = 0.45;
  for (const look of new Set(quiet.map((each) => each.look))) stroke(quiet.filter((each) => each.look === look).map(({ leg }) => leg), look.colour, 1.2);
  ctx.globalAlpha = 1;
  for (const { leg, look } of loud) {
    const width = Math.max(3, model.legWidth(leg));
    stroke([leg], COLOUR.paper, width + 3);
    stroke([leg], look.colour, width);
  }
  drawSigns(ctx, view, model, { found: found.reverse(), labels });
  ctx.restore();
}

function drawSigns(ctx, view, model, { found, labels }) {
  ctx.font = `700 13px ${FONT}`;
  ctx.textAlign = "center";
  ctx.textBaseline = "middle";
  let quiet = 0;
  for (const { leg, look, named } of found) {
    if (!named && quiet >= SIGNS) continue;
    const spots = model.arc(leg).filter((piece) => pixelsAlong(piece, view) > 26)
      .flatMap((piece) => [0.5, 0.4, 0.6, 0.3, 0.7, 0.2, 0.8].map((share) => along(piece, view, share)));
    const spot = spots.find(({ x, y }) => labels.take([x - 10, y - 10, x + 10, y + 10]));
    if (!spot) continue;
    if (!named) quiet += 1;
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
