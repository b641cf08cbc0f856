"""The window of the briefing's map, and how degrees become pixels in it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

WIDTH = 1000
_WIDEST, _NARROWEST = 2.1, 1.6
_LEAST_DEGREES = 5.0
_PAD = 0.09
_KM_PER_DEGREE = 111.195


@dataclass(frozen=True)
class Frame:
    """A window in degrees (``east`` may pass 180), drawn equirectangular and true to scale at its middle latitude."""

    west: float
    east: float
    south: float
    north: float

    @property
    def squeeze(self) -> float:
        """Return how much shorter a degree of longitude is than one of latitude."""
        return float(np.cos(np.radians((self.south + self.north) / 2)))

    @property
    def height(self) -> int:
        """Return the height of the drawing in pixels."""
        return round(WIDTH * (self.north - self.south) / ((self.east - self.west) * self.squeeze))

    @property
    def km_per_pixel(self) -> float:
        """Return the scale at the middle of the drawing."""
        return (self.east - self.west) * self.squeeze * _KM_PER_DEGREE / WIDTH

    def pixels(self, positions: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Return x and y of positions given as lat and lon, each longitude taken on the window's side of the world."""
        lon = self.west + (positions[:, 1] - self.west) % 360
        # What lies just west of the window stays there instead of leaping to its far side.
        lon = np.where(lon - self.east > (360 - (self.east - self.west)) / 2, lon - 360, lon)
        return self.flat(lon, positions[:, 0])

    def flat(self, lon: npt.NDArray[np.float64], lat: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Return x and y of longitudes that are already on the window's side of the world."""
        x = (lon - self.west) / (self.east - self.west) * WIDTH
        y = (self.north - lat) / (self.north - self.south) * self.height
        return np.column_stack([x, y])

    def round_km(self) -> int:
        """Return a round length that takes about a sixth of the drawing's width."""
        aim = self.km_per_pixel * WIDTH / 6
        tens = 10 ** np.floor(np.log10(aim))
        return max(1, int(tens * max(step for step in (1, 2, 5) if step * tens <= aim)))


def frame_around(positions: npt.NDArray[np.float64]) -> Frame:
    """Return a window around positions (lat, lon), cut open where the widest empty stretch of longitude is."""
    lon = np.unique(positions[:, 1] % 360)
    gaps = np.diff(np.concatenate([lon, [lon[0] + 360]]))
    west = float(lon[(int(np.argmax(gaps)) + 1) % len(lon)])
    wide = 360 - float(gaps.max())
    south, north = float(positions[:, 0].min()), float(positions[:, 0].max())
    if west > 180:
        west -= 360
    pad = max(_PAD * max(wide, north - south), (_LEAST_DEGREES - max(wide, north - south)) / 2, 0.5)
    west, east, south, north = west - pad, west + wide + pad, south - pad, north + pad
    squeeze = float(np.cos(np.radians((south + north) / 2)))
    aspect = (east - west) * squeeze / (north - south)
    if aspect < _NARROWEST:
        more = (_NARROWEST * (north - south) / squeeze - (east - west)) / 2
        west, east = west - more, east + more
    elif aspect > _WIDEST:
        more = ((east - west) * squeeze / _WIDEST - (north - south)) / 2
        south, north = south - more, north + more
    if east - west > 360:
        middle = (west + east) / 2
        west, east = middle - 180, middle + 180
    return Frame(west, east, max(south, -90.0), min(north, 90.0))
