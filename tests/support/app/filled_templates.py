"""Messages made of the templates in `tests/evals`, filled from a seed."""

from collections.abc import Iterator
from pathlib import Path
from random import Random

FOLDER = Path(__file__).parents[2] / "evals"
PLACES = ("Rome", "Lisbon", "Accra", "New York", "Ghent", "São Paulo", "Nice", "Kyoto", "Corfu", "Bath", "Lima")
PERSONS = ("my sister", "my boss", "Anna", "Mr Price", "my best friend", "our neighbour", "Paris Hilton", "the team")
DATES = ("Friday", "5 January", "next Monday", "December 12th", "tomorrow", "the 3rd of March", "2027-02-01")
KINDS = {
    "a flight": "flights",
    "a hotel": "hotels",
    "a car": "cars",
    "a room": "rooms",
    "a trip": "trips",
    "a holiday": "holidays",
    "a hire car": "hire cars",
}
AIRLINES = ("Lufthansa", "KLM", "Ryanair", "British Airways")


def templates(name: str) -> list[str]:
    """Return the lines of a data file without remarks."""
    lines = (FOLDER / name).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def filled(name: str, seed: int, times: int) -> Iterator[str]:
    """Yield each template of a data file so many times, filled differently."""
    random = Random(seed)
    for template in templates(name):
        for _ in range(times):
            yield _filled(template, random)


def _filled(template: str, random: Random) -> str:
    thing = random.choice(list(KINDS))
    place = random.choice(PLACES)
    message = template.format(
        place=place,
        thing=thing,
        things=KINDS[thing],
        stay=_stay(thing, place, random),
        date=random.choice(DATES),
        person=random.choice(PERSONS),
        airline=random.choice(AIRLINES),
        request=f"{random.choice(('Book', 'Please get me', 'I need', 'I would like'))} {_stay(thing, place, random)}",
    )
    return f"{message[0].upper()}{message[1:]}"


def _stay(thing: str, place: str, random: Random) -> str:
    if thing == "a flight":
        return f"a flight to {place}"
    return f"{thing} in {place} for {random.randint(2, 9)} {'days' if 'car' in thing else 'nights'}"
