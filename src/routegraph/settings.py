"""What a run is asked to do: every option of ``routegraph run``, from the command line, a TOML file or Python."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path

from routegraph.errors import SettingError

LEVELS = ("place", "region", "country")
BORDERS = ("country", "region")
ESTIMATORS = ("removal", "counts")
_NAMES = {"set": "set_values"}
_PATHS = ("seizures", "transits", "effort", "places")


@dataclass(frozen=True)
class Settings:
    """One run's options; blank text and None mean that the option was not given.

    Parameters
    ----------
    seizures, transits, effort, places
        Files in the contract's tables, or in the layout that ``profile`` (seizures) or ``transits_profile`` describes.
    level, border
        What a place is, and which borders count; None takes the profile's own.
    commodity, min_quantity, since, until, releasable
        Which records enter: a taxonomy prefix, the least quantity such as ``1 kg``, dates, a marking ``TLP[:ISO3]``.
    estimator
        ``removal``: flow, corrected for how well each place looks and reports. ``counts``: what was reported,
        not corrected.
    by_commodity
        Whether flows.csv tells branches of commodity apart (``removal`` only).
    draws, workers, seed
        Posterior draws (at least 20), workers (never changes a result), the seed of everything random.
    set_values, drop
        Columns to set to a constant, and columns to leave out at the door (persons' names).
    out, title
        Where the products go, and what stands at their head.
    previous
        Folder of an earlier run: the products say what changed since.
    """

    seizures: tuple[Path, ...] = ()
    profile: str = "routegraph"
    transits: tuple[Path, ...] = ()
    transits_profile: str = "routegraph"
    effort: tuple[Path, ...] = ()
    places: tuple[Path, ...] = ()
    level: str | None = None
    border: str | None = None
    commodity: str = ""
    min_quantity: str = ""
    since: str = ""
    until: str = ""
    estimator: str = "removal"
    by_commodity: bool = False
    draws: int = 1000
    workers: int = 1
    releasable: str = ""
    set_values: Mapping[str, str] = field(default_factory=dict)
    drop: tuple[str, ...] = ()
    seed: int = 0
    out: Path = Path("routegraph-out")
    title: str = ""
    previous: Path | None = None

    def __post_init__(self) -> None:
        """Take texts for paths as well, check the options, and say all that is wrong at once."""
        for name in _PATHS:
            object.__setattr__(self, name, _paths(getattr(self, name)))
        object.__setattr__(self, "drop", _texts(self.drop))
        object.__setattr__(self, "out", Path(self.out))
        object.__setattr__(self, "previous", Path(self.previous) if self.previous else None)
        wrong = [
            f"{name} is {value!r}; expected one of {', '.join(allowed)}"
            for name, value, allowed in (
                ("level", self.level, LEVELS),
                ("border", self.border, BORDERS),
                ("estimator", self.estimator, ESTIMATORS),
            )
            if value is not None and value not in allowed
        ]
        wrong += [
            f"{name} is {value}; expected {least} or more"
            for name, value, least in (("draws", self.draws, 20), ("workers", self.workers, 1), ("seed", self.seed, 0))
            if value < least
        ]
        if self.by_commodity and self.estimator == "counts":
            wrong.append("by-commodity needs the removal estimator; `counts` does not tell commodities apart")
        if wrong:
            raise SettingError("; ".join(wrong))


def _paths(given: str | Path | Sequence[str | Path]) -> tuple[Path, ...]:
    """Return paths, whether one was given or several, as texts or as paths."""
    return (Path(given),) if isinstance(given, str | Path) else tuple(Path(path) for path in given)


def _texts(given: str | Sequence[str]) -> tuple[str, ...]:
    """Return texts, whether one was given or several: a single one must not fall into its letters."""
    return (given,) if isinstance(given, str) else tuple(given)


def read_config(path: Path) -> dict[str, object]:
    """Read a TOML file of options into Settings' own names; a misspelt key is refused with the nearest right one.

    Relative paths in the file are taken from the file's own folder.

    Raises
    ------
    SettingError
        The file is missing or is not TOML, a key is unknown, or a value has the wrong type.
    """
    try:
        options = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SettingError(f"{path}: no such file; expected a TOML file of options") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise SettingError(f"{path}: {error}; expected a TOML file of options") from None
    return {_known(key, path): _typed(key, value, path) for key, value in options.items()}


def _known(key: str, path: Path) -> str:
    name = _NAMES.get(key, key.replace("-", "_"))
    names = [f.name for f in fields(Settings)]
    if name not in names:
        near = difflib.get_close_matches(name, names, n=1)
        shown = {value: key for key, value in _NAMES.items()}
        known = sorted(shown.get(one, one.replace("_", "-")) for one in names)
        advice = f"did you mean {shown.get(near[0], near[0])!r}?" if near else f"expected one of {', '.join(known)}"
        raise SettingError(f"{path}: unknown option {key!r}; {advice}")
    return name


def _typed(key: str, value: object, path: Path) -> object:
    name = _known(key, path)
    if name in _PATHS or name == "drop":
        texts = [value] if isinstance(value, str) else value
        if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
            raise SettingError(f"{path}: {key} is {value!r}; expected a text or a list of texts")
        return tuple(path.parent / text for text in texts) if name in _PATHS else tuple(texts)
    if name == "set_values":
        if not isinstance(value, dict):
            raise SettingError(f"{path}: {key} is {value!r}; expected a table such as [set] with column = value")
        return {str(column): str(text) for column, text in value.items()}
    if name == "by_commodity":
        if not isinstance(value, bool):
            raise SettingError(f"{path}: {key} is {value!r}; expected true or false")
        return value
    if name in ("draws", "workers", "seed"):
        if isinstance(value, bool) or not isinstance(value, int):
            raise SettingError(f"{path}: {key} is {value!r}; expected a whole number")
        return value
    text = str(value) if name in ("since", "until") else value
    if not isinstance(text, str):
        raise SettingError(f"{path}: {key} is {value!r}; expected a text")
    return path.parent / text if name in ("out", "previous") else text
