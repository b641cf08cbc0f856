// Land, coasts and borders, drawn from paths that are made once.

import { WORLD, worldX, worldY } from "./geo.js";
import { BORDER, COLOUR } from "./style.js";

const made = new WeakMap();

function pathOf(parts, closed) {
  const path = new Path2D();
  for (const { box, lengths, xy } of parts) {
    const [west, south, east, north] = box;
    let at = 0;
    for (const length of lengths) {
      for (let k = 0; k < length; k += 1, at += 2) {
        const x = worldX(west + (xy[at] / 65535) * (east - west));
        const y = worldY(south + (xy[at + 1] / 65535) * (north - south));
        if (k) path.lineTo(x, y);
        else path.moveTo(x, y);
      }
      if (closed) path.closePath();
    }
  }
  return path;
}

function paths(base) {
  if (!made.has(base)) {
    made.set(base, {
      focus: pathOf(base.focus, true),
      other: pathOf(base.other, true),
      coasts: pathOf(base.coasts, false),
      borders: pathOf(base.borders, false),
      contested: pathOf(base.contested, false),
      regions: pathOf(base.regions, false),
    });
  }
  return made.get(base);
}

export function drawBase(ctx, view, data) {
  const { focus, other, coasts, borders, contested, regions } = paths(data.base);
  ctx.fillStyle = COLOUR.sheet;
  ctx.fillRect(0, 0, view.width, view.height);
  ctx.save();
  ctx.translate(-view.x, -view.y);
  ctx.scale(view.scale, view.scale);
  ctx.fillStyle = COLOUR.sea;
  ctx.fillRect(worldX(data.centre - 180), 0, WORLD, WORLD);
  ctx.fillStyle = COLOUR.other;
  ctx.fill(other, "evenodd");
  ctx.fillStyle = COLOUR.focus;
  ctx.fill(focus, "evenodd");
  ctx.lineJoin = "round";
  const line = (path, colour, width, dashes) => {
    ctx.strokeStyle = colour;
    ctx.lineWidth = width / view.scale;
    ctx.setLineDash(dashes.map((part) => part / view.scale));
    ctx.stroke(path);
  };
  line(regions, COLOUR.region, 0.8, []);
  line(coasts, COLOUR.coast, 0.8, []);
  line(borders, COLOUR.border, 0.9, []);
  line(contested, COLOUR.contested, BORDER.width, BORDER.dashes);
  ctx.restore();
  ctx.setLineDash([]);
}
