"""What kind of world is made: every number that shapes one, in one place."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Regime:
    """The settings of a synthetic world; a new kind of world is a new value of this class.

    Attributes
    ----------
    years
        Calendar years that the case covers.
    routes
        Cross-border routes drawn over the transit network beside the planted ones.
    route_flow, route_flow_spread
        Median shipments of a drawn route over the whole case, and the standard deviation of their logarithm.
    base_detection
        g: the logit of detection by checks at a place of average effort.
    country_spread, place_spread
        Standard deviations of u_c and e_v on the logit scale; both zero makes detection equal.
    inspections_effect, traffic_effect
        b1 and b2: what a unit of standardised log inspections or log licit traffic adds on the logit scale.
    tip_detection
        Chance that a consignment passing a place is seized there on intelligence, a tip-off or a model's word.
    blind_countries
        ISO3 codes of countries that seize but never report (rho = 0).
    reporting
        Range of rho elsewhere, drawn evenly by country.
    misreport
        Chance that a stated destination is wrong.
    coarse
        Chance that a reported place is given as its country only.
    second_reports, exact_repeats
        Shares of reported seizures that a second source reports too, and rows that stand in the file twice.
    month_only, year_only
        Shares of dates given without their day, or without day and month.
    missing_transits
        Share of licit origin-destination-mode rows that the transit table leaves out.
    planted
        Whether the corridors of data/planted.csv are in the world. Without them routes are drawn as streams between
        pairs of ends, and the settings from ``source_places`` to ``avoidance`` apply.
    source_places, source_share
        How many places are sources that several pairs start from, and the share of pairs that start from one of them.
    alternatives
        Chances that the stream of a pair is split over 1, 2, 3, ... routes.
    choice, taste_spread
        Shares of the routes of a pair are proportional to exp(-choice (cost / least cost - 1)) times a lognormal taste
        of this spread.
    avoidance
        What smugglers give for not passing a place: kilometres of road times -log(1 - p).
    domestic_routes
        Routes within one country.
    reports
        Least and greatest number of reported cross-border seizures; flows are scaled so that the number expected lies
        in between, well away from either end, at the detection of the first year: where checks follow seizures, more
        are made. None leaves flows as drawn.
    base_spread
        Standard deviation of g between worlds.
    blind_drawn
        How many countries are made blind besides, drawn from the eight with most traffic.
    flow_effect
        What a unit of standardised log illicit traffic through a place adds to detection on the logit scale.
    role_effects
        What being the origin, the destination, the place of entry or of exit adds, on the logit scale; transit adds 0.
    route_spread
        Standard deviation, on the logit scale, of detection between the routes that pass one place.
    year_spread
        Standard deviation of the yearly step of log traffic between a pair of ends.
    season_spread
        Amplitude of the yearly wave of log traffic by month; 0 spreads dates evenly over the year.
    targeted
        Power of last year's seizures by which a country moves its inspections between its places.
    adaptive
        How fast smugglers leave a route: log share falls by this times the share of shipments lately lost on it.
    diversion_upstream
        Share of cross-border routes whose goods leave licit hands at a licit hub one licit step before the route
        begins (see ``diverted.divert``); the others where it begins.
    """

    years: tuple[int, ...] = (2019, 2020, 2021, 2022, 2023)
    routes: int = 150
    route_flow: float = 30.0
    route_flow_spread: float = 1.0
    base_detection: float = -3.15
    country_spread: float = 0.6
    place_spread: float = 0.5
    inspections_effect: float = 0.4
    traffic_effect: float = 0.0
    tip_detection: float = 0.006
    blind_countries: tuple[str, ...] = ("LAO",)
    reporting: tuple[float, float] = (0.65, 0.98)
    misreport: float = 0.02
    coarse: float = 0.08
    second_reports: float = 0.04
    exact_repeats: float = 0.008
    month_only: float = 0.06
    year_only: float = 0.03
    missing_transits: float = 0.08
    planted: bool = True
    source_places: int = 0
    source_share: float = 0.0
    alternatives: tuple[float, ...] = (1.0,)
    choice: float = 8.0
    taste_spread: float = 0.0
    avoidance: float = 0.0
    domestic_routes: int = 0
    reports: tuple[int, int] | None = None
    base_spread: float = 0.0
    blind_drawn: int = 0
    flow_effect: float = 0.0
    role_effects: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    route_spread: float = 0.0
    year_spread: float = 0.0
    season_spread: float = 0.0
    targeted: float = 0.0
    adaptive: float = 0.0
    diversion_upstream: float = 0.0

    @property
    def year_by_year(self) -> bool:
        """Whether what happens in a year depends on the year before."""
        return self.targeted != 0 or self.adaptive != 0

    @property
    def varies_within(self) -> bool:
        """Whether detection at one place differs between routes, roles or years."""
        return self.route_spread != 0 or any(self.role_effects) or self.targeted != 0
