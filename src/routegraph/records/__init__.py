"""Records: files of any known layout in, canonical tables out, and every cell that did not fit beside them.

>>> from routegraph.records import list_profiles
>>> [profile.name for profile in list_profiles()][:3]
['atf-traces', 'itpd-trade', 'nisat-exports']
"""

from routegraph.records.batch import RecordBatch
from routegraph.records.check import summarise
from routegraph.records.profile import Profile, list_profiles, load_profile
from routegraph.records.reading import read_effort, read_places, read_seizures, read_transits

__all__ = [
    "Profile",
    "RecordBatch",
    "list_profiles",
    "load_profile",
    "read_effort",
    "read_places",
    "read_seizures",
    "read_transits",
    "summarise",
]
