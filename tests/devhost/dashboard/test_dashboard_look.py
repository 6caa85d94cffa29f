"""The pages for every reader: small and large windows, light and dark, keyboard alone, screen readers."""

from pathlib import Path

import pytest

from support.web.browser import Scheme
from support.web.dashboard import Desk

TAB = "\ue004"
SIZES = {"desktop": (1280, 800), "phone": (390, 844), "small": (360, 740)}
PAGES = {
    "#/instances": ".id",
    "#/instances/look-family": ".facts",
    "#/instances/look-retried": ".facts",
    "#/entities": ".id",
    "#/instances/nobody": ".empty",
}
"""Pages by their address, each with an element that is there once the page is complete."""


@pytest.fixture(scope="package", autouse=True)
def instances(shared_desk: Desk) -> None:
    """Start them once for each host, also where the module's tests are spread over several processes."""
    shared_desk.ended("retried", "look-retried")
    shared_desk.ended("counted", "look-counted")
    shared_desk.ended("broken", "look-" + "long-name-" * 20, "things")
    shared_desk.start("family", "look-family", {"wide": "x" * 400})


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_pages_fit_and_can_be_read(desk: Desk, tmp_path: Path, size: str, scheme: Scheme):
    desk.browser.window(*SIZES[size], scheme)
    for number, (page, landmark) in enumerate(PAGES.items()):
        desk.open(page)
        desk.browser.find(landmark)
        if landmark == ".facts":
            # Focused, because the ring around a chosen bar must be in the picture and in the measures.
            desk.browser.run("document.querySelector('svg.sheet').focus()")
        desk.browser.driver.save_screenshot(str(tmp_path / f"{number}-{size}-{scheme}.png"))
        assert desk.browser.overflow() <= 0, page
        assert desk.browser.too_pale() == [], page
        assert desk.browser.nameless() == [], page


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_dialog_fits_and_can_be_read(desk: Desk, scheme: Scheme):
    desk.browser.window(360, 740, scheme)
    desk.open_instance("look-retried")
    desk.browser.click(".actions button", "Purge")
    desk.browser.find("dialog")
    assert desk.browser.too_pale() == []
    assert desk.browser.overflow() <= 0


def test_every_stop_of_the_keyboard_shows_where_it_is(desk: Desk):
    desk.open_instance("look-family")
    desk.browser.run("document.body.focus()")
    stops: list[str] = []
    for _ in range(14):
        desk.browser.press(TAB)
        name, outline = desk.browser.run(
            "const one = document.activeElement; const style = getComputedStyle(one);"
            "const name = (one.ariaLabel || one.textContent.trim()).slice(0, 20);"
            "return [one.tagName + ' ' + name, parseFloat(style.outlineWidth)]"
        )
        stops.append(name)
        assert outline >= 2, name
    assert stops[0] == "BUTTON Skip to content"
    assert any("svg" in name for name in stops)


def test_nothing_moves_for_those_who_ask(desk: Desk):
    desk.browser.window(1280, 800, reduced_motion=True)
    desk.open_list()
    moving = (
        "return [...document.querySelectorAll('*')]"
        ".filter((one) => getComputedStyle(one).transitionDuration !== '0s').length"
    )
    assert desk.browser.run(moving) == 0
