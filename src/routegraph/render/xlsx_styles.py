"""How a workbook looks: its cell formats, made once a workbook, and the page set-up of every sheet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from routegraph.render.palette import INK, SOFT, tlp_colour
from routegraph.render.plain_text import visible

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

_FONT = {"font_name": "Calibri", "font_size": 11}
VERDICTS = {
    "supported": "#D5EBDD",
    "under_detected": "#D3E8F5",
    "enforcement_artefact": "#FBE3C6",
    "single_source": "#ECECEC",
    "insufficient": "#ECECEC",
}
"""Fill behind a verdict: light enough to print in grey, and the word itself always stands in the cell."""
BAR = "#BBD9EE"
"""Behind a number: the number stays darker."""
_MOST_HEADER = 180


@dataclass
class Styles:
    """The formats of one workbook by name; column formats are made as they are asked for."""

    workbook: Workbook
    tlp: str

    def __post_init__(self) -> None:
        banner = {"bold": True, "font_color": tlp_colour(self.tlp), "bg_color": "#000000"}
        self.banner = self._made(**banner, valign="vcenter")
        self.title = self._made(bold=True, font_size=16, font_color=INK, text_wrap=True, valign="top")
        self.section = self._made(bold=True, font_size=12, font_color=INK, bottom=1, bottom_color=SOFT)
        self.label = self._made(bold=True, font_color=SOFT, valign="top", text_wrap=True)
        self.text = self._made(text_wrap=True, valign="top")
        self.warning = self._made(text_wrap=True, valign="top", bold=True, bg_color="#FFF0B3", border=1)
        self.note = self._made(italic=True, font_color=SOFT, valign="top")
        self.unit = self._made(italic=True, font_color=SOFT, font_size=9, text_wrap=True, valign="bottom")
        self.heading = self._made(bold=True, bg_color="#E4E9EE", bottom=1, text_wrap=True, valign="vcenter")
        self.day = self._made(num_format="yyyy-mm-dd", align="left", valign="top")
        # A fill alone: what a conditional format does not name stays as the cell has it.
        self.verdicts = {name: self.workbook.add_format({"bg_color": fill}) for name, fill in VERDICTS.items()}
        self._columns: dict[tuple[str, bool], Format] = {}

    def _made(self, **style: object) -> Format:
        return self.workbook.add_format(_FONT | style)

    def column(self, number_format: str = "", *, wrapped: bool = False) -> Format:
        """Return the format of a column of numbers (or of text, where there is no format for numbers)."""
        key = (number_format, wrapped)
        if key not in self._columns:
            style: dict[str, object] = (
                {"num_format": number_format} if number_format else {"align": "left", "indent": 1}
            )
            self._columns[key] = self._made(**style, valign="top", text_wrap=wrapped)
        return self._columns[key]


def page_set_up(sheet: Worksheet, *, marking: str, synthetic: bool, wide: int = 1) -> None:
    """Print a sheet in landscape, ``wide`` pages across, with the marking at the head and foot of every page."""
    # "&" begins a code in headers and footers; a look-alike never does.
    line = visible(marking, most=_MOST_HEADER).replace("&", "＆")
    warning = " - SYNTHETIC" if synthetic else ""
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.set_margins(left=0.4, right=0.4, top=0.7, bottom=0.7)
    sheet.fit_to_pages(wide, 0)
    sheet.set_header(f"&C&B{line}{warning}")
    sheet.set_footer(f"&L&A&C&B{line}{warning}&R&P / &N")
