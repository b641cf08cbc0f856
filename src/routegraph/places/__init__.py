"""Places: which country and which node a text means, how far apart they are, and which borders lie between.

Records name places in many spellings; everything after this room speaks of place ids. A country is its ISO 3166-1
alpha-3 code (``THA``), a region its ISO 3166-2 code (``US-NY``), a node of the gazetteer its country and a slug
(``THA-mae-sot``). Names resolve to candidates; where a text could mean two places that lie apart, nothing is picked,
and the reason says so.

>>> from routegraph.places import Gazetteer, iso3
>>> iso3("Burma")
'MMR'
>>> [candidate.place_id for candidate in Gazetteer.builtin().resolve("THMAQ")]
['THA-mae-sot']
"""

from routegraph.places.borders import BorderMap
from routegraph.places.countries import countries, country_name, iso3, iso3_many
from routegraph.places.gazetteer import Candidate, Gazetteer
from routegraph.places.geodesy import distance_km, great_circle

__all__ = [
    "BorderMap",
    "Candidate",
    "Gazetteer",
    "countries",
    "country_name",
    "distance_km",
    "great_circle",
    "iso3",
    "iso3_many",
]
