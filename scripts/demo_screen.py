"""Output of the demo: plain text, with colour only on a terminal that allows it."""

import os
import textwrap
from typing import TextIO

_WIDTH = 96


class Screen:
    """Writes the demo's dialogue to one stream."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._coloured = out.isatty() and "NO_COLOR" not in os.environ

    def title(self, text: str) -> None:
        self._write("")
        self._write(self._paint(text, "1"))

    def person(self, text: str) -> None:
        self._wrapped("traveller", text, "36")

    def app(self, text: str) -> None:
        self._wrapped("concierge", text, "32")

    def note(self, text: str) -> None:
        self._wrapped("", text, "33")

    def fact(self, name: str, value: str) -> None:
        self._write(f"  {'':10} {self._paint(name, '2')}  {value}")

    def block(self, name: str, text: str) -> None:
        for number, line in enumerate(text.rstrip().splitlines()):
            label = (name if number == 0 else "").ljust(10)
            self._write(f"  {label} {self._paint(line, '2')}")

    def _wrapped(self, name: str, text: str, colour: str) -> None:
        lines = [part for line in text.splitlines() for part in textwrap.wrap(line, _WIDTH) or [""]]
        for number, line in enumerate(lines):
            label = (name if number == 0 else "").ljust(10)
            self._write(f"  {self._paint(label, colour)} {line}")

    def _paint(self, text: str, colour: str) -> str:
        return f"\033[{colour}m{text}\033[0m" if self._coloured else text

    def _write(self, line: str) -> None:
        print(line.rstrip(), file=self._out, flush=True)
