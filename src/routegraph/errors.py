"""One tree of errors; each says where, what was found, what was expected, and what to do.

::

    RoutegraphError
    |-- InputError(ValueError)        a file or table that cannot be used at all
    |   |-- ProfileError              a profile that is wrong or does not fit the file
    |   `-- PersonColumnError         a column that names persons and was not dropped
    |-- PlaceError(LookupError)       a place or country that a setting names and nothing resolves
    |-- SettingError(ValueError)      an option or configuration key that makes no sense
    |-- NothingToAnalyseError(ValueError)  every row was set aside or filtered out
    |-- AssetError(RuntimeError)      a part built at install time is missing
    `-- OutputError(OSError)          products could not be written

A single bad row or cell is never an error: it is set aside in ``rejects`` and the rest still loads.
"""

from __future__ import annotations


class RoutegraphError(Exception):
    """Everything that routegraph raises on purpose; its text is one line for the user."""


class InputError(RoutegraphError, ValueError):
    """A file or table that cannot be used at all."""

    def __init__(self, source: str, found: str, *, expected: str, advice: str = "") -> None:
        super().__init__(f"{source}: {found}; expected {expected}" + (f". {advice}" if advice else ""))
        self.source, self.found, self.expected, self.advice = source, found, expected, advice


class ProfileError(InputError):
    """A profile that is wrong in itself, or that does not fit the file it was given."""


class PersonColumnError(InputError):
    """A column that appears to name persons, which routegraph does not analyse."""


class PlaceError(RoutegraphError, LookupError):
    """A place or country that a setting names and that nothing resolves."""


class SettingError(RoutegraphError, ValueError):
    """An option or configuration key that makes no sense."""


class NothingToAnalyseError(RoutegraphError, ValueError):
    """Every row was set aside or filtered out, so there is no network to build."""


class AssetError(RoutegraphError, RuntimeError):
    """A part that the installation builds (map script, base map) is missing."""


class OutputError(RoutegraphError, OSError):
    """Products could not be written; what stood there before is untouched."""
