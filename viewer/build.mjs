// Bundles the map's script and style into ./dist. Run by hatch_build.py, in a temporary copy of this folder.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { build } from "esbuild";

const shared = { bundle: true, minify: true, charset: "utf8", logLevel: "warning", target: ["es2020"] };

// Flatbush and its queue carry their copyright in a file beside the code; it has to travel with the bundle.
const notice = (name) => readFileSync(`node_modules/${name}/LICENSE`, "utf8").trim().replaceAll("*/", "* /");
const banner = ["flatbush", "flatqueue"].map((name) => `/*! ${name}\n${notice(name)}\n*/`).join("\n");

mkdirSync("dist", { recursive: true });
await build({
  ...shared,
  entryPoints: ["src/main.js"],
  outfile: "dist/viewer.js",
  format: "iife",
  legalComments: "inline",
  banner: { js: banner },
  loader: { ".png": "dataurl" },
});
await build({
  ...shared,
  entryPoints: ["src/viewer.css"],
  outfile: "dist/viewer.css",
  legalComments: "inline",
  loader: { ".png": "dataurl", ".svg": "dataurl", ".gif": "dataurl" },
});
writeFileSync("dist/jquery.js", readFileSync("node_modules/jquery/dist/jquery.slim.min.js"));
for (const name of ["countries-10m", "countries-110m"]) {
  writeFileSync(`dist/${name}.json`, readFileSync(`node_modules/world-atlas/${name}.json`));
}
writeFileSync("dist/us-states-10m.json", readFileSync("node_modules/us-atlas/states-10m.json"));

// Fonts for names in the scripts of the region: documents embed them, pages carry the letters that they need.
for (const script of ["", "-khmer", "-lao", "-myanmar", "-thai"]) {
  const family = `node_modules/@expo-google-fonts/noto-sans${script}`;
  const file = `NotoSans${script && script[1].toUpperCase() + script.slice(2)}`;
  for (const weight of ["400Regular", "700Bold"]) {
    writeFileSync(`dist/${file}-${weight.slice(3)}.ttf`, readFileSync(`${family}/${weight}/${file}_${weight}.ttf`));
  }
}
writeFileSync("dist/NotoSans-LICENSE.txt", readFileSync("node_modules/@expo-google-fonts/noto-sans/LICENSE_FONT"));
