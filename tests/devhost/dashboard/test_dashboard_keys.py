"""The dashboard of a host that asks for keys."""

from collections.abc import Generator
from pathlib import Path

import pytest

from devhost.testing import running_host
from support.web.browser import Browser
from support.web.dashboard import Desk


@pytest.fixture(scope="module")
def locked(browser: Browser, app_dir: Path, mended: Path) -> Generator[tuple[Desk, str], None, None]:
    with running_host(app_dir, env={"MENDED": str(mended)}, arguments=("--enable-auth",)) as host:
        key = host.wait_log("system key: ").rsplit(" ", 1)[1].strip()
        desk = Desk(host, browser, key)
        desk.ended("chain", "locked-chain")
        browser.window(1280, 800)
        yield desk, key


def test_the_page_asks_for_the_key_and_keeps_it_for_the_tab(locked: tuple[Desk, str]):
    desk, key = locked
    desk.open("#/instances/locked-chain")
    desk.browser.run("sessionStorage.clear()")
    desk.open("#/instances/locked-chain")
    desk.browser.type("#field-key", "wrong")
    desk.browser.click("dialog button[type=submit]")
    desk.browser.find("dialog", "was not accepted")
    desk.browser.type("#field-key", key)
    desk.browser.click("dialog button[type=submit]")
    desk.browser.find(".badge", "Completed")
    desk.browser.driver.refresh()
    desk.browser.find(".badge", "Completed")
    assert desk.browser.run("return localStorage.length + document.cookie.length") == 0


def test_a_code_in_the_address_is_used_and_taken_out_of_it(locked: tuple[Desk, str]):
    desk, key = locked
    desk.open()
    desk.browser.run("sessionStorage.clear()")
    desk.open(f"?code={key}#/instances/locked-chain")
    desk.browser.find(".badge", "Completed")
    assert key not in desk.browser.driver.current_url
    assert desk.browser.driver.current_url.endswith("/devhost/#/instances/locked-chain")
