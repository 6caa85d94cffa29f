"""The lists of instances and entities."""

import pytest

from support.web.dashboard import Desk

ODD = "odd id ü a+b 100% %41 c/d?e#f"


@pytest.fixture(scope="package", autouse=True)
def instances(shared_desk: Desk) -> None:
    """Start them once for each host, also where the module's tests are spread over several processes."""
    shared_desk.ended("chain", "list-chain")
    shared_desk.ended("broken", "list-broken", "things")
    shared_desk.start("waiting", "list-waiting")
    shared_desk.ended("echo", ODD, {"note": "<b>needle</b> in a haystack"})
    shared_desk.ended("counted", "list-counted")
    # A page of the list holds 100, so these are a full page and a part of one.
    for n in range(130):
        shared_desk.start("echo", f"page-{n:03}")
    # The last one is waited for, so that the ends of the others change no list while a test reads it.
    shared_desk.ended("echo", "page-130")


def test_a_status_filter_shows_those_alone_and_lives_in_the_address(desk: Desk):
    desk.open_list("?prefix=list-")
    assert set(desk.shown()) == {"list-chain", "list-broken", "list-waiting", "list-counted"}
    desk.browser.click(".chip", "Failed")
    desk.browser.until(lambda _: desk.shown() == ["list-broken"], "failed one alone")
    assert "status=Failed" in desk.browser.driver.current_url
    desk.open_list("?prefix=list-&status=Failed,Running")
    assert set(desk.shown()) == {"list-broken", "list-waiting"}


def test_an_id_prefix_and_a_text_narrow_the_list(desk: Desk):
    desk.open_list()
    desk.browser.type("[name=prefix]", "list-c")
    desk.browser.until(lambda _: set(desk.shown()) == {"list-chain", "list-counted"}, "those of the prefix")
    desk.open_list()
    desk.browser.type("[name=text]", "NEEDLE")
    desk.browser.until(lambda _: desk.shown() == [ODD], "the one with the text")


def test_a_period_narrows_the_list(desk: Desk):
    desk.open_list("?prefix=list-&time=15")
    assert len(desk.shown()) == 4
    desk.open_list("?prefix=list-&time=between&to=2020-01-01T00:00:00")
    assert desk.shown() == []
    assert desk.browser.find(".empty").text == "Nothing here fits these filters."


def test_pages_go_from_the_newest_to_the_oldest_and_back(desk: Desk):
    desk.open_list("?prefix=page-")
    first = desk.shown()
    assert first == [f"page-{n:03}" for n in range(130, 30, -1)]
    desk.browser.click(".pages button", "Older")
    desk.browser.until(lambda _: len(desk.shown()) == 31, "second page")
    assert desk.shown() == [f"page-{n:03}" for n in range(30, -1, -1)]
    assert not desk.browser.find(".pages button", "Older").is_enabled()
    desk.browser.click(".pages button", "Newer")
    desk.browser.until(lambda _: desk.shown() == first, "first page")


def test_a_search_goes_through_all_instances(desk: Desk):
    desk.open_list("?text=PAGE-12")
    assert desk.shown() == [f"page-{n}" for n in range(129, 119, -1)]
    desk.open_list("?text=100%25%20%2541")
    assert desk.shown() == [ODD]


def test_entities_are_not_among_the_orchestrations(desk: Desk):
    desk.open_list()
    assert not [one for one in desk.shown() if one.startswith("@")]


def test_odd_ids_lead_to_their_instance_and_stay_data(desk: Desk):
    desk.open_list("?prefix=odd")
    desk.browser.click(".instances .id")
    desk.browser.find(".facts", "echo")
    assert desk.browser.find("h1").text == ODD
    assert "<b>needle</b>" in desk.browser.find(".values pre").text
    assert desk.browser.all("main b") == []
    desk.browser.driver.refresh()
    assert desk.browser.find("h1").text == ODD
    desk.browser.find(".badge", "Completed")


def test_a_new_instance_appears_by_itself(desk: Desk):
    desk.open_list("?prefix=fresh-")
    desk.browser.find(".empty")
    desk.ended("chain", "fresh-1")
    desk.browser.until(lambda _: desk.shown() == ["fresh-1"], "new instance")


def test_a_row_keeps_the_focus_over_a_refresh(desk: Desk):
    desk.open_list("?prefix=list-")
    desk.browser.run("document.querySelector('.instances .id').focus()")
    desk.ended("chain", "list-later")
    desk.browser.until(lambda _: "list-later" in desk.shown(), "new instance")
    assert desk.browser.run("return document.activeElement.className") == "id"
    desk.call("DELETE", "instances/list-later")


@pytest.mark.slow
def test_a_hidden_tab_asks_for_nothing_until_it_is_seen_again(desk: Desk):
    desk.open_list("?prefix=unseen-")
    desk.browser.run(
        "Object.defineProperty(document, 'hidden', {value: true, configurable: true});"
        "document.dispatchEvent(new Event('visibilitychange')); performance.clearResourceTimings()"
    )
    desk.ended("chain", "unseen-1")
    # The page looks every two seconds, so that 2.6 seconds hold at least one look of a tab in sight.
    requests = desk.browser.driver.execute_async_script(
        "const done = arguments[0]; setTimeout(() => done(performance.getEntriesByType('resource').length), 2600)"
    )
    assert requests == 0
    desk.browser.run("delete document.hidden; document.dispatchEvent(new Event('visibilitychange'))")
    desk.browser.until(lambda _: desk.shown() == ["unseen-1"], "new instance")


@pytest.mark.slow
def test_an_unreachable_host_is_told_and_found_again(desk: Desk):
    desk.open_list("?prefix=list-c")
    desk.host.stop()
    try:
        desk.browser.find("#banner", "The host does not answer")
        assert set(desk.shown()) == {"list-chain", "list-counted"}
    finally:
        desk.host.start()
    desk.browser.until(
        lambda _: not desk.browser.run("return document.querySelector('#banner').checkVisibility()"), "peace"
    )


def test_entities_are_listed_with_their_state(desk: Desk):
    desk.call("POST", "entities/counter/listed%2520%25C3%25BC?op=add", "41")
    desk.open("#/entities")
    assert "41" in desk.browser.find(".card", "counter listed ü").text
    desk.browser.type("[name=name]", "nobody")
    assert desk.browser.find(".summary", "No entity of this name.")


def test_an_entity_can_be_purged_and_nothing_else(desk: Desk):
    desk.call("POST", "entities/counter/doomed?op=add", "1")
    desk.open("#/entities")
    desk.browser.click(".card a", "doomed")
    desk.browser.find(".facts", "@counter@doomed")
    assert [name for name, enabled in desk.buttons().items() if enabled] == ["Purge"]
    desk.browser.click(".actions button", "Purge")
    desk.browser.click("dialog button[type=submit]", "Purge")
    desk.browser.find("h1", "Instances")
    assert desk.call("GET", "entities/counter/doomed").status == 404
