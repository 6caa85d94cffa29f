"""The buttons of an instance."""

from pathlib import Path

from support.web.dashboard import Desk

ESCAPE = "\ue00c"


def confirm(desk: Desk, label: str) -> None:
    desk.browser.click("dialog button[type=submit]", label)
    desk.browser.until(lambda _: not desk.browser.all("dialog"), "end of the dialog")


def allowed(desk: Desk) -> set[str]:
    return {name for name, enabled in desk.buttons().items() if enabled}


def test_only_what_the_status_allows_can_be_chosen(desk: Desk):
    desk.start("waiting", "act-allowed")
    desk.open_instance("act-allowed")
    assert allowed(desk) == {"Raise event", "Suspend", "Restart", "Terminate"}
    desk.ended("chain", "act-allowed-chain")
    desk.open_instance("act-allowed-chain")
    assert allowed(desk) == {"Restart", "Purge"}
    desk.ended("broken", "act-allowed-broken", "x")
    desk.open_instance("act-allowed-broken")
    assert allowed(desk) == {"Restart", "Rewind", "Purge"}


def test_an_event_is_raised_with_its_json(desk: Desk):
    desk.start("waiting", "act-raise")
    desk.open_instance("act-raise")
    desk.browser.click(".actions button", "Raise event")
    desk.browser.type("#field-name", "Approval")
    desk.browser.type("#field-body", '{"by": ')
    desk.browser.click("dialog button[type=submit]")
    assert "not JSON" in desk.browser.run("return document.querySelector('#field-body').validationMessage")
    desk.browser.type("#field-body", '{"by": "me"}')
    confirm(desk, "Raise event")
    desk.browser.find(".badge", "Completed")
    assert '"by": "me"' in desk.browser.find(".values section:nth-child(2)").text


def test_suspend_and_resume(desk: Desk):
    desk.start("waiting", "act-suspend")
    desk.open_instance("act-suspend")
    desk.browser.click(".actions button", "Suspend")
    desk.browser.find(".badge", "Suspended")
    assert allowed(desk) == {"Raise event", "Resume", "Restart", "Terminate"}
    desk.browser.click(".actions button", "Resume")
    desk.browser.find(".badge", "Running")


def test_terminate_asks_first_and_escape_cancels(desk: Desk):
    desk.start("waiting", "act-terminate")
    desk.open_instance("act-terminate")
    desk.browser.click(".actions button", "Terminate")
    desk.browser.press(ESCAPE)
    desk.browser.until(lambda _: not desk.browser.all("dialog"), "end of the dialog")
    assert desk.status("act-terminate") == "Running"
    desk.browser.click(".actions button", "Terminate")
    desk.browser.type("#field-reason", "no longer needed")
    confirm(desk, "Terminate")
    desk.browser.find(".badge", "Terminated")
    assert "no longer needed" in desk.browser.find(".values section:nth-child(2)").text


def test_rewind_runs_what_failed_again(desk: Desk, mended: Path):
    desk.ended("broken", "act-rewind", "things")
    mended.touch()
    desk.open_instance("act-rewind")
    desk.browser.click(".actions button", "Rewind")
    confirm(desk, "Rewind")
    desk.browser.find(".badge", "Completed")
    assert "accepted things" in desk.browser.find(".values section:nth-child(2)").text


def test_restart_goes_to_the_new_instance(desk: Desk):
    desk.ended("chain", "act-restart")
    desk.open_instance("act-restart")
    desk.browser.click(".actions button", "Restart")
    confirm(desk, "Restart")
    # Only an id that the host has made has 32 digits.
    desk.browser.until(lambda _: len(desk.browser.find("h1").text) == 32, "new id")
    desk.browser.find(".badge", "Completed")


def test_restart_under_the_same_id_stays(desk: Desk):
    desk.ended("chain", "act-same")
    desk.open_instance("act-same")
    desk.browser.click(".actions button", "Restart")
    desk.browser.click("#field-same")
    confirm(desk, "Restart")
    desk.browser.find(".notice", "Started again.")
    assert desk.browser.find("h1").text == "act-same"
    assert desk.call("GET", "instances/act-same?showHistory=true").json()["historyEvents"][0]["Generation"] == 1


def test_purge_deletes_and_goes_to_the_list(desk: Desk):
    desk.ended("chain", "act-purge")
    desk.open_instance("act-purge")
    desk.browser.click(".actions button", "Purge")
    confirm(desk, "Purge")
    desk.browser.find("h1", "Instances")
    assert desk.status("act-purge") == "none"


def test_a_refusal_is_told_in_the_hosts_own_words(desk: Desk):
    desk.start("waiting", "act-refused")
    desk.open_instance("act-refused")
    # Without live updates the page goes on offering what the instance no longer allows.
    desk.browser.run("document.querySelector('#live').click()")
    desk.call("POST", "instances/act-refused/suspend")
    desk.browser.until(lambda _: desk.status("act-refused") == "Suspended", "suspended instance")
    desk.browser.click(".actions button", "Suspend")
    refused = desk.call("POST", "instances/act-refused/suspend")
    assert refused.json()["Message"] in desk.browser.find(".notice.failed").text
