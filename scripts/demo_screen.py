"""Output of the demo: plain text, with colour only on a terminal that allows it."""

import os
import textwrap
from collections.abc import Iterator
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
        label = name
        for line in text.rstrip().splitlines():
            self._write(f"  {label:10} {self._paint(line, '2')}")
            # Only the first line has the name beside it.
            label = ""

    def _wrapped(self, name: str, text: str, colour: str) -> None:
        label = name
        for line in _lines(text):
            self._write(f"  {self._paint(f'{label:10}', colour)} {line}")
            label = ""

    def _paint(self, text: str, colour: str) -> str:
        return f"\033[{colour}m{text}\033[0m" if self._coloured else text

    def _write(self, line: str) -> None:
        print(line.rstrip(), file=self._out, flush=True)


def _lines(text: str) -> Iterator[str]:
    for paragraph in text.splitlines():
        # `wrap` makes no line of an empty paragraph, which parts two others on the screen.
        yield from textwrap.wrap(paragraph, _WIDTH) or [""]
