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
