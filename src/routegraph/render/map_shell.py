"""Rendering a folium map so that no text on it can act: one pass, bundled parts, fixed ids, a strict content policy."""

from __future__ import annotations

import base64
import copy
import hashlib
import html
import re
import threading
from contextlib import contextmanager
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

import jinja2
from branca import element as branca_element

from routegraph.errors import AssetError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import folium

_PASS = threading.RLock()
_LEAFLET = re.compile(r"/leaflet(?:\.min)?\.(js|css)(?:[?#].*)?$")
_JQUERY = re.compile(r"/jquery[^/]*\.js(?:[?#].*)?$")
_LEFT_OUT = re.compile(
    r"/(?:bootstrap\.bundle\.min\.js|leaflet\.awesome-markers\.(?:js|css)|bootstrap\.min\.css|bootstrap-glyphicons\.css"
    r"|all\.min\.css|leaflet\.awesome\.rotate\.min\.css)(?:[?#].*)?$"
)
_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL | re.IGNORECASE)


class PlainText(branca_element.Element):
    """A piece of a page that is written as it is: never compiled as a template."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._name = "PlainText"
        self.text = text

    def render(self, **_: object) -> str:
        """Return the text."""
        return self.text


class Start(branca_element.MacroElement):
    """Hands the folium map to the bundled viewer, with the id of the data that it shows."""

    _template = jinja2.Template(
        "{% macro script(this, kwargs) %}routegraph.start({{ this._parent.get_name() }}, {{ this.island|tojson }});"
        "{% endmacro %}"
    )

    def __init__(self, island: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "Start"
        self.island = island


def safe_html(folium_map: folium.Map) -> bytes:
    """Return a folium map as one page that opens with no network and in which text stays text.

    What folium's own ``save`` does with text is not safe: it compiles rendered text once more as a template, so that
    ``{{ ... }}`` in a popup runs Python, and it writes popups as JavaScript literals, so that ``${...}`` runs in
    the browser. Use this for every map that shows text from records, your own maps included.

    Parameters
    ----------
    folium_map
        Any folium map; it is copied, never changed. Tiles from a server stay blank: the page may fetch nothing.

    Returns
    -------
    bytes
        UTF-8 HTML, the same for the same map: folium's random ids are renumbered. Only the scripts in the page's head
        and in folium's own block run; a script that came in as text does not.

    Raises
    ------
    AssetError
        The map uses a script or style that is not bundled, or the bundled ones are missing.
    """
    figure: Any = copy.deepcopy(folium_map.get_root())
    names = [element._id for element in _walk(figure)]  # noqa: SLF001 - folium has no public way to its ids
    for element in _walk(figure):
        _disarm(element)
    with _single_pass():
        header, body, script = _rendered(figure)
    numbers = {name: f"{number:032x}" for number, name in enumerate(dict.fromkeys(names))}
    head, body, script = (
        re.sub(r"[0-9a-f]{32}", lambda found: numbers.get(found[0], found[0]), part)
        for part in (_bundled(header, script), body, f"\n{_closed(script)}\n")
    )
    return _page(head, body, script=script, title=getattr(figure, "title", None) or "").encode("utf-8", "replace")


def _rendered(figure: branca_element.Figure) -> tuple[list[tuple[str, str]], str, str]:
    """Render each part of the figure once: (url or '', text) of the head, text of the body, text of the script."""
    for child in list(figure._children.values()):  # noqa: SLF001
        child.render()
    header = [
        (getattr(child, "url", ""), "" if hasattr(child, "url") else child.render())
        for child in figure.header._children.values()  # noqa: SLF001
    ]
    body = "\n".join(child.render() for child in figure.html._children.values())  # noqa: SLF001
    script = "\n".join(child.render() for child in figure.script._children.values())  # noqa: SLF001
    return header, body, script


def _bundled(header: list[tuple[str, str]], script: str) -> str:
    """Return the head with every link replaced by the part that the installation built."""
    if "L.AwesomeMarkers" in script:
        raise AssetError("folium.Icon needs a script that is not bundled; use folium.CircleMarker or folium.DivIcon")
    parts = []
    for url, text in header:
        if not url:
            parts.append(text)
        elif leaflet := _LEAFLET.search(url):
            kind = "script" if leaflet[1] == "js" else "style"
            content = asset("viewer.js" if kind == "script" else "viewer.css")
            parts.append(f"<{kind}>{_closed(content)}</{kind}>")
        elif _JQUERY.search(url):
            parts.append(f"<script>{_closed(asset('jquery.js'))}</script>" if "$(" in script else "")
        elif not _LEFT_OUT.search(url):
            raise AssetError(f"the map needs {url}, which is not bundled: a page of ours fetches nothing")
    return "\n".join(part for part in parts if part)


def _page(head: str, body: str, *, script: str, title: str) -> str:
    """Assemble the page; the policy allows the scripts of the head and folium's own block, and none in the markup."""
    digests = [
        base64.b64encode(hashlib.sha256(text.encode("utf-8", "replace")).digest()).decode("ascii")
        for text in [*_SCRIPT.findall(head), script]
    ]
    allowed = " ".join(f"'sha256-{digest}'" for digest in dict.fromkeys(digests))
    policy = (
        f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; img-src data: blob:; font-src data:; "
        "connect-src 'none'; base-uri 'none'; form-action 'none'"
    )
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        f'<title>{html.escape(title)}</title>\n<link rel="icon" href="data:,">\n{head}\n</head>\n'
        f"<body>\n{body}\n<script>{script}</script>\n</body>\n</html>\n"
    )


def _closed(script: str) -> str:
    """Return a script or style that cannot end its own block."""
    return re.sub(r"<(/(?:script|style)|!--)", r"<\\\1", script, flags=re.IGNORECASE)


def _walk(element: branca_element.Element) -> Iterator[branca_element.Element]:
    """Yield an element and everything under it, in the order in which it was added."""
    yield element
    for part in ("header", "html", "script"):
        inner = getattr(element, part, None)
        if isinstance(inner, branca_element.Element):
            yield from _walk(inner)
    for child in element._children.values():  # noqa: SLF001
        yield from _walk(child)


def _disarm(element: branca_element.Element) -> None:
    """Make text inert that folium writes into JavaScript template literals (popups, tooltips, click markers)."""
    import folium

    if isinstance(element, branca_element.Html):
        if not element.script:
            element.data, element.script = html.escape(element.data), True
        element.data = _literal(element.data)
    elif isinstance(element, folium.map.Layer):
        # Leaflet's layer control writes names as markup.
        element.layer_name = html.escape(str(element.layer_name))
    elif isinstance(element, folium.Tooltip):
        element.text = _literal(str(element.text))
    elif isinstance(element, folium.ClickForMarker) and element.popup.startswith("`"):
        element.popup = f"`{_literal(element.popup[1:-1])}`"


def _literal(text: str) -> str:
    """Return HTML whose backticks, backslashes and dollar signs are written as entities."""
    plain = text.replace("\\`", "`")
    return plain.replace("\\", "&#92;").replace("`", "&#96;").replace("$", "&#36;")


@contextmanager
def _single_pass() -> Iterator[None]:
    """Switch off, for this thread, the second template pass of branca, and its random ids.

    branca's elements compile their rendered text again through the name ``Template`` of its module; the name is put
    back at once, and other threads keep the original throughout.
    """
    module: Any = branca_element
    kind: Any = branca_element.Element
    original, thread = module.Template, threading.get_ident()
    make_id = kind.__dict__["_generate_id"]
    made = iter(range(2**32))

    def template(text: str, **settings: object) -> object:
        return _Verbatim(text) if threading.get_ident() == thread else original(text, **settings)

    def generate_id(cls: type) -> str:
        if threading.get_ident() == thread:
            return f"f{next(made):031x}"
        return str(make_id.__func__(cls))

    with _PASS:
        module.Template = template
        kind._generate_id = classmethod(generate_id)  # noqa: SLF001 - branca has no switch for either
        try:
            yield
        finally:
            module.Template = original
            kind._generate_id = make_id  # noqa: SLF001


class _Verbatim:
    """What stands in for a compiled template: text that renders to itself."""

    def __init__(self, text: str) -> None:
        self.text = text

    def render(self, *_: object, **__: object) -> str:
        return self.text


@cache
def asset(name: str) -> str:
    """Return a bundled script or style.

    Raises
    ------
    AssetError
        Where the installation was made without building it.
    """
    try:
        return resources.files("routegraph").joinpath("render", "assets", name).read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise AssetError(f"the map part {name} is missing; install routegraph again, with a network") from error
