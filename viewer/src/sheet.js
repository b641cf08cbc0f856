// The printed map: laid out anew for the sheet, so that nothing is stretched and the scale bar is as true as on the screen.

// Pixels of the canvas for each one of the sheet: 96 of these to the inch would be coarse on paper.
const SHARP = 3;

export class Sheet {
  // keep() returns what brings the present view back; fit() shows the same in a map of another size.
  constructor(layer, { keep, fit }) {
    Object.assign(this, { layer, keep, fit, on: false });
    window.addEventListener("beforeprint", () => this.begin());
    window.addEventListener("afterprint", () => this.end());
    window.matchMedia("print").addEventListener?.("change", ({ matches }) => (matches ? this.begin() : this.end()));
  }

  begin() {
    if (this.on) return;
    this.on = true;
    this.back = this.keep();
    this.layer.sharp = SHARP;
    document.body.classList.add("rg-printing");
    this.fit();
  }

  end() {
    if (!this.on) return;
    this.layer.sharp = 0;
    document.body.classList.remove("rg-printing");
    this.back();
    this.on = false;
  }
}
