"""The window of the briefing's map: Lambert's azimuthal equal-area projection around the middle of the case.

It keeps areas, knows no antimeridian, and shows great circles almost straight, over the pole as well.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]

WIDTH = 1000
EARTH_KM = 6371.0088
_WIDEST, _NARROWEST = 2.1, 1.6
_LEAST_KM = 550.0
_PAD = 0.08
# Beyond this angle from the middle the projection smears a point over a circle.
_FARTHEST = np.cos(np.radians(172))


@dataclass(frozen=True)
class Frame:
    """A window: the projection's middle in degrees, its edges in km from there, and the drawing's width in pixels."""

    lat: float
    lon: float
    west: float
    east: float
    south: float
    north: float
    width: int = WIDTH

    @property
    def height(self) -> int:
        """Return the height of the drawing in pixels."""
        return round(self.width * (self.north - self.south) / (self.east - self.west))

    @property
    def km_per_pixel(self) -> float:
        """Return the scale at the projection's middle."""
        return (self.east - self.west) / self.width

    def pixels(self, positions: Numbers) -> Numbers:
        """Return x and y of positions given as lat and lon."""
        x, y = project(positions, lat=self.lat, lon=self.lon).T
        return np.column_stack([(x - self.west) / self.km_per_pixel, (self.north - y) / self.km_per_pixel])

    def far(self, positions: Numbers) -> npt.NDArray[np.bool_]:
        """Return which positions (lat, lon) lie too near the far side of the world to be drawn."""
        return np.asarray(_closeness(positions, lat=self.lat, lon=self.lon) < _FARTHEST)

    def round_km(self) -> int:
        """Return a round length that takes about a sixth of the drawing's width."""
        aim = self.km_per_pixel * self.width / 6
        tens = 10 ** np.floor(np.log10(aim))
        return max(1, int(tens * max(step for step in (1, 2, 5) if step * tens <= aim)))


def frame_around(
    positions: Numbers,
    *,
    width: int = WIDTH,
    shape: tuple[float, float] = (_NARROWEST, _WIDEST),
    pad: float = _PAD,
    least_km: float = _LEAST_KM,
) -> Frame:
    """Return a window around positions (lat, lon) with room at its edges and a shape that suits a page.

    ``shape`` bounds width over height, ``pad`` is the room at each edge as a share of the longer side, and no side is
    shorter than ``least_km``.
    """
    phi, lam = np.radians(positions).T
    mean = np.array([np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)]).mean(axis=1)
    # Places all around the world have no middle; any will do then.
    lat, lon = (
        (0.0, 0.0)
        if np.hypot.reduce(mean) < 1e-6
        else (
            float(np.degrees(np.arctan2(mean[2], np.hypot(mean[0], mean[1])))),
            float(np.degrees(np.arctan2(mean[1], mean[0]))),
        )
    )
    x, y = project(positions, lat=lat, lon=lon).T
    west, east, south, north = (float(edge) for edge in (x.min(), x.max(), y.min(), y.max()))
    size = max(east - west, north - south)
    room = max(pad * size, (least_km - size) / 2)
    west, east, south, north = west - room, east + room, south - room, north + room
    wide, high = east - west, north - south
    more_wide = max(0.0, shape[0] * high - wide) / 2
    more_high = max(0.0, wide / shape[1] - high) / 2
    return Frame(lat, lon, west - more_wide, east + more_wide, south - more_high, north + more_high, width)


def project(positions: Numbers, *, lat: float, lon: float) -> Numbers:
    """Return x (east) and y (north) in km of positions (lat, lon) on the plane that touches the Earth at lat, lon."""
    phi, lam, phi0 = np.radians(positions[:, 0]), np.radians(positions[:, 1] - lon), np.radians(lat)
    closeness = np.maximum(_closeness(positions, lat=lat, lon=lon), _FARTHEST)
    scale = EARTH_KM * np.sqrt(2 / (1 + closeness))
    x = scale * np.cos(phi) * np.sin(lam)
    y = scale * (np.cos(phi0) * np.sin(phi) - np.sin(phi0) * np.cos(phi) * np.cos(lam))
    return np.column_stack([x, y])


def _closeness(positions: Numbers, *, lat: float, lon: float) -> Numbers:
    """Return the cosine of the angle between positions and lat, lon: 1 at the middle, -1 at the far side."""
    phi, lam, phi0 = np.radians(positions[:, 0]), np.radians(positions[:, 1] - lon), np.radians(lat)
    closeness: Numbers = np.sin(phi0) * np.sin(phi) + np.cos(phi0) * np.cos(phi) * np.cos(lam)
    return closeness
