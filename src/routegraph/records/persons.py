"""Which columns name persons: records describe places and consignments, and nobody's life is scored here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from routegraph.errors import PersonColumnError

WHOLE_NAMES = frozenset({
    "name", "names", "full_name", "fullname", "first_name", "firstname", "last_name", "lastname", "middle_name",
    "given_name", "family_name", "maiden_name", "nickname", "alias", "aka", "nom", "prenom", "nombre", "nombres",
    "apellido", "apellidos", "nama", "nama_lengkap", "id_number", "national_id", "identity_card", "nric", "nik",
    "home_address", "phone", "phone_number", "mobile", "email", "e_mail", "ssn",
})  # fmt: skip
"""Column names that name a person when they stand alone (as ``port_name`` or ``drug_name`` they do not)."""

TELLING_WORDS = frozenset({
    "accused", "arrestee", "arrestees", "birthdate", "birthday", "buyer", "captain", "consignee", "consignor",
    "convict", "convicted", "courier", "defendant", "defendants", "dob", "driver", "drivers", "fingerprint",
    "forename", "offender", "offenders", "owner", "owners", "passenger", "passport", "passports", "perpetrator",
    "person", "persons", "purchaser", "recipient", "seller", "sender", "shipper", "skipper", "smuggler", "smugglers",
    "surname", "suspect", "suspects", "trafficker", "traffickers", "victim", "victims", "telephone",
})  # fmt: skip
"""Words that make a column name a person's whatever stands beside them."""

PHRASES = (("date", "of", "birth"), ("birth", "date"), ("place", "of", "birth"), ("identity", "number"))

HARMLESS_WORDS = frozenset({"count", "counts", "n", "total", "country", "countries", "nationality", "nationalities"})
"""Words that turn such a column into a number or a country: ``suspects_count``, ``owner_country``."""


def words_of(column: str) -> tuple[str, ...]:
    """Return the lower-case words of a column name: ``DriverName`` and ``driver name`` are the same."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", column)
    return tuple(re.findall(r"[^\W_]+", spaced.casefold()))


def names_persons(column: str) -> bool:
    """Tell whether a column appears to name persons.

    Examples
    --------
    >>> [names_persons(c) for c in ("Suspect Name", "DOB", "name", "drug_name", "suspects_count")]
    [True, True, True, False, False]
    """
    words = words_of(column)
    if not words or HARMLESS_WORDS.intersection(words):
        return False
    phrase = any(words[i : i + len(p)] == p for p in PHRASES for i in range(len(words)))
    return "_".join(words) in WHOLE_NAMES or phrase or not TELLING_WORDS.isdisjoint(words)


def refuse_persons(source: str, columns: Iterable[str], *, drop: Sequence[str], known: Iterable[str]) -> None:
    """Raise where a column names persons, was not dropped and is not a column of the contract itself.

    Raises
    ------
    PersonColumnError
        naming every such column at once.
    """
    harmless = {"_".join(words_of(name)) for name in (*drop, *known)}
    found = [c for c in columns if names_persons(c) and "_".join(words_of(c)) not in harmless]
    if found:
        listed = ", ".join(repr(column) for column in found)
        advice = "Leave them out with " + " ".join(f"--drop {column!r}" for column in found)
        raise PersonColumnError(
            source, f"column {listed} appears to name persons", expected="places and consignments only", advice=advice
        )
