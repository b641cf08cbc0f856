// What the analyses found, drawn over the map: where licit goods may turn illicit, and which legs changed.

import { along, pixelsAlong, traceArc } from "./draw.js";
import { CHANGE, COLOUR, FONT } from "./style.js";

// A diamond around each place of the credible set: larger where the chance is.
export function drawDiversion(ctx, view, model, places) {
  const found = places.map((i) => [i, model.diversionAt(i)]).filter(([, one]) => one?.inSet);
  const most = Math.max(0, ...found.map(([, one]) => one.mean));
  ctx.save();
  ctx.lineJoin = "miter";
  for (const [i, one] of found) {
    const size = model.radius(i) + 4 + 6 * Math.sqrt(one.mean / most);
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

// Legs that changed, in the colour of what happened and with its sign, which says the same in grey.
export function drawChange(ctx, view, model, legs) {
  ctx.save();
  ctx.lineCap = "round";
  ctx.lineJoin = "round";
  const signs = [];
  for (const leg of legs) {
    const one = model.changeOf(leg);
    const look = one && CHANGE[one.tells];
    if (!look) continue;
    const width = Math.max(3, model.legWidth(leg));
    for (const [colour, more] of [[COLOUR.paper, 3], [look.colour, 0]]) {
      ctx.beginPath();
      for (const piece of model.arc(leg)) traceArc(ctx, view, piece, 0);
      ctx.strokeStyle = colour;
      ctx.lineWidth = width + more;
      ctx.stroke();
    }
    for (const piece of model.arc(leg)) if (pixelsAlong(piece, view) > 26) signs.push([along(piece, view, 0.5), look]);
  }
  ctx.font = `700 13px ${FONT}`;
  ctx.textAlign = "center";
  ctx.textBaseline = "middle";
  for (const [{ x, y }, { sign, colour }] of signs) {
    ctx.beginPath();
    ctx.arc(x, y, 9, 0, 2 * Math.PI);
    ctx.fillStyle = COLOUR.paper;
    ctx.fill();
    ctx.strokeStyle = colour;
    ctx.lineWidth = 2;
    ctx.stroke();
    ctx.fillStyle = COLOUR.place;
    ctx.fillText(sign, x, y + 0.5);
  }
  ctx.restore();
}
