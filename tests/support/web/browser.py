"""A headless Chromium for tests of pages, driven through the chromedriver of the same system.

browser = browser_fixture()      # a pytest fixture that gives a Browser

Nothing is downloaded. Where the two programs are missing the test is skipped and says so, and in CI it fails.
"""

import os
import shutil
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

import pytest
from selenium.common.exceptions import NoSuchElementException, StaleElementReferenceException
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait

_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
_FLAGS = (
    "--headless",
    # Tests run as root in containers, where the sandbox cannot be set up.
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
)
Scheme = Literal["light", "dark"]

_CONTRAST = (Path(__file__).parent / "contrast.js").read_text()


class Browser:
    """One window. What it looks for is waited for, ten seconds at most."""

    def __init__(self, driver: Chrome) -> None:
        self.driver = driver

    def open(self, url: str) -> None:
        """Load the page anew, in a tab without stored keys."""
        # An address that differs only behind its `#` would not be loaded anew.
        self.driver.get("about:blank")
        self.driver.get(url)

    def window(self, width: int, height: int, scheme: Scheme = "light", *, reduced_motion: bool = False) -> None:
        """Set the size of the page and what the reader prefers."""
        self._command(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False
        )
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        features += [{"name": "prefers-reduced-motion", "value": "reduce" if reduced_motion else "no-preference"}]
        self._command("Emulation.setEmulatedMedia", features=features)

    def find(self, selector: str, text: str = "") -> WebElement:
        """Return the first visible element that fits the selector and holds the text."""

        def found(_: object) -> WebElement | None:
            return next((one for one in self.all(selector) if one.is_displayed() and text in one.text), None)

        return self.until(found, f"{selector!r} with {text!r}")

    def all(self, selector: str) -> Sequence[WebElement]:
        """Return all that fits the selector now."""
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def texts(self, selector: str) -> list[str]:
        """Return the texts of all that fits the selector now."""
        return self.run("return [...document.querySelectorAll(arguments[0])].map((one) => one.textContent)", selector)

    def click(self, selector: str, text: str = "") -> None:
        """Click it once it is there, again if the page draws it anew meanwhile."""
        self.until(lambda _: self.find(selector, text).click() or True, f"{selector!r} with {text!r} to click")

    def type(self, selector: str, text: str) -> None:
        """Put the text in place of what the field holds."""
        field = self.find(selector)
        field.send_keys(Keys.CONTROL, "a")
        field.send_keys(Keys.DELETE, text)

    def press(self, *keys: str) -> None:
        """Press keys where the focus is."""
        for key in keys:
            self.driver.switch_to.active_element.send_keys(key)

    def run(self, script: str, *arguments: Any) -> Any:
        """Run a script in the page and return its result."""
        return self.driver.execute_script(script, *arguments)

    def until(self, look: Callable[[object], Any], what: str) -> Any:
        """Wait until it gives something true, and return that."""
        wait = WebDriverWait(self.driver, 10, 0.05, (NoSuchElementException, StaleElementReferenceException))
        return wait.until(look, f"the page has no {what}")

    def complaints(self) -> list[str]:
        """Return the console's new lines: errors of scripts, refused resources, broken policies."""
        return [str(entry["message"]) for entry in self.driver.get_log("browser")]

    def too_pale(self) -> list[str]:
        """Return visible texts with too little contrast to what is behind them (WCAG AA)."""
        return self.run(_CONTRAST)

    def overflow(self) -> int:
        """Return by how many pixels the page is wider than the window."""
        return self.run("const root = document.documentElement; return root.scrollWidth - root.clientWidth")

    def nameless(self) -> list[str]:
        """Return elements that take focus and give a screen reader no name."""
        nodes = self._command("Accessibility.getFullAXTree")["nodes"]
        return [str(node["role"]["value"]) for node in nodes if _takes_focus(node) and not _name_of(node)]

    def _command(self, name: str, **parameters: Any) -> Any:
        return self.driver.execute_cdp_cmd(name, parameters)


@contextmanager
def running_browser() -> Generator[Browser, None, None]:
    """Run a browser with a fresh profile, until the block ends."""
    program, driver_program = _programs()
    with TemporaryDirectory(prefix="browser-", ignore_cleanup_errors=True) as profile:
        options = ChromeOptions()
        options.binary_location = program
        for flag in (*_FLAGS, f"--user-data-dir={profile}"):
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        driver = Chrome(options, Service(driver_program))
        try:
            yield Browser(driver)
        finally:
            driver.quit()


def browser_fixture(scope: Literal["session", "package", "module", "function"] = "module") -> Callable[..., Any]:
    """Make a pytest fixture that gives a Browser."""

    @pytest.fixture(scope=scope)
    def browser() -> Generator[Browser, None, None]:
        with running_browser() as running:
            yield running

    return browser


def _programs() -> tuple[str, str]:
    browser, driver = next(filter(None, map(shutil.which, _BROWSERS)), None), shutil.which("chromedriver")
    if browser and driver:
        return browser, driver
    text = "This test needs chromium and chromedriver (Debian: apt-get install chromium chromium-driver)."
    if os.environ.get("CI") == "true":
        pytest.fail(text)
    pytest.skip(text)


def _takes_focus(node: dict[str, Any]) -> bool:
    properties = {item["name"]: item["value"].get("value") for item in node.get("properties", [])}
    return (
        bool(properties.get("focusable"))
        and not node.get("ignored")
        and node["role"]["value"] not in ("RootWebArea", "main")
    )


def _name_of(node: dict[str, Any]) -> str:
    return str(node.get("name", {}).get("value", "")).strip()
