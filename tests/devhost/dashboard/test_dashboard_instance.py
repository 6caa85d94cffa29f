"""The page of one instance: values, timeline, history."""

from support.web.dashboard import Desk

ARROW_DOWN, ENTER = "\ue015", "\ue007"


def test_it_tells_status_values_and_history(desk: Desk):
    desk.ended("chain", "shown-chain")
    desk.open_instance("shown-chain")
    desk.browser.find(".badge", "Completed")
    assert '"Hello Tokyo!"' in desk.browser.find(".values section:nth-child(2)").text
    assert '"greeted": 3' in desk.browser.find(".values section:nth-child(3)").text
    assert desk.browser.texts(".history .event") == [
        "ExecutionStarted",
        "TaskCompleted",
        "TaskCompleted",
        "TaskCompleted",
        "ExecutionCompleted",
    ]


def test_an_sdk_input_is_shown_as_what_it_holds_with_its_numbers_as_written(desk: Desk):
    # JavaScript's own numbers would round the first and write the second as 1.
    desk.ended("echo", "shown-input", {"big": 12345678901234567890, "exact": 1.0})
    desk.open_instance("shown-input")
    text = desk.browser.find(".values section:first-child pre").text
    assert '"big": 12345678901234567890' in text
    assert '"exact": 1.0' in text


def test_a_large_value_is_short_until_asked_for(desk: Desk):
    desk.ended("echo", "shown-large", "x" * 100_000)
    desk.open_instance("shown-large")
    block = ".values section:nth-child(2)"
    assert len(desk.browser.find(f"{block} pre").text) < 2000
    desk.browser.click(f"{block} button", "Show all")
    assert len(desk.browser.find(f"{block} pre").text) == 100_000
    desk.browser.click(f"{block} button", "Show less")
    assert len(desk.browser.find(f"{block} pre").text) < 2000


def test_activities_that_follow_each_other_share_a_lane(desk: Desk):
    desk.ended("chain", "bars-chain")
    desk.open_instance("bars-chain")
    assert desk.browser.texts(".sheet .label text") == ["chain", "greet"]
    assert [bar.split(",")[0] for bar in desk.bars()] == ["chain", "greet", "greet", "greet"]


def test_attempts_of_one_name_stand_in_one_lane_with_their_waits(desk: Desk):
    desk.ended("retried", "bars-retried")
    desk.open_instance("bars-retried")
    assert desk.browser.texts(".sheet .label text") == ["retried", "flaky"]
    bars = [bar.split(", from")[0] for bar in desk.bars()]
    assert bars == [
        "retried, Orchestration, done",
        "flaky, Activity, failed",
        "Wait after attempt 1, Wait before a retry, done",
        "flaky, attempt 2, Activity, failed",
        "Wait after attempt 2, Wait before a retry, done",
        "flaky, attempt 3, Activity, done",
    ]
    assert len(desk.browser.all(".mark.failed .cross")) == 2


def test_a_pending_timer_is_open_ended_and_tells_when_it_fires(desk: Desk):
    desk.start("napping", "bars-napping")
    desk.open_instance("bars-napping")
    bar = desk.browser.until(lambda _: [one for one in desk.bars() if one.startswith("Timer")], "timer")
    assert "fires at" in bar[0]
    assert desk.browser.all(".mark.timer.pending .onward")


def test_an_event_and_the_timer_that_lost_are_marked(desk: Desk):
    desk.start("waiting", "bars-event")
    desk.call("POST", "instances/bars-event/raiseEvent/Approval", {"by": "somebody"})
    desk.open_instance("bars-event")
    desk.browser.find(".badge", "Completed")
    bars = "; ".join(desk.bars())
    assert "Approval, Event, at +" in bars
    assert "Timer, Timer, cancelled, from +" in bars
    assert "was to fire at" in bars


def test_children_lead_to_their_own_page_and_back(desk: Desk):
    desk.start("family", "bars-family")
    desk.open_instance("bars-family")
    desk.browser.until(lambda _: any(one.startswith("waiting, Sub") for one in desk.bars()), "open child")
    kinds = {bar.split(", ")[0]: bar.split(", ")[2] for bar in desk.bars()[1:]}
    assert kinds == {"chain": "done", "broken": "failed", "waiting": "open"}
    desk.browser.run("document.querySelector('svg.sheet').focus()")
    desk.browser.press(ARROW_DOWN, ARROW_DOWN)
    desk.browser.find(".about a", "Open the sub-orchestration")
    desk.browser.press(ENTER)
    desk.browser.until(lambda _: desk.browser.find("h1").text == "bars-family-child-1", "child")
    desk.browser.click(".facts a", "bars-family")
    desk.browser.until(lambda _: desk.browser.find("h1").text == "bars-family", "parent")


def test_an_entity_call_lasts_from_request_to_answer(desk: Desk):
    desk.ended("counted", "bars-counted")
    desk.open_instance("bars-counted")
    bars = [bar.split(",")[0] for bar in desk.bars()]
    assert bars == ["counted", "add to @counter@visits", "add to @counter@visits"]
    desk.browser.run("document.querySelector('svg.sheet').focus()")
    desk.browser.press(ARROW_DOWN, ARROW_DOWN)
    assert "\n7\n" in desk.browser.find(".about", "Result").text


def test_a_chosen_bar_tells_what_it_got_and_why_it_failed(desk: Desk):
    desk.ended("broken", "bars-broken", "things")
    desk.open_instance("bars-broken")
    desk.browser.click(".mark.activity.failed .shape")
    desk.browser.find(".about h3", "refuse")
    about = desk.browser.find(".about", "Failure").text
    assert "ValueError: no: things" in about
    assert "in refuse" in about


def test_a_long_history_draws_only_what_is_seen(desk: Desk):
    desk.ended("fan", "bars-fan", 500)
    desk.open_instance("bars-fan")
    # The sheet draws the lanes in sight, of which a window of this height has some dozens.
    assert 0 < len(desk.bars()) < 60
    assert desk.browser.texts(".history .event")[0] == "ExecutionStarted"
    assert len(desk.browser.texts(".history .event")) == 100
    desk.browser.run("const frame = document.querySelector('.frame'); frame.scrollTop = frame.scrollHeight")
    desk.browser.until(lambda _: "greet · 500" in desk.browser.texts(".sheet .label text"), "last lane")
    # 502 events in all: the start, 500 completions and the end.
    desk.browser.click(".sheet button, .center button", "Show 402 more")
    assert len(desk.browser.texts(".history .event")) == 502


def test_zooming_in_makes_the_picture_wider_and_fit_brings_it_back(desk: Desk):
    desk.ended("chain", "bars-zoom")
    desk.open_instance("bars-zoom")
    width = "return document.querySelector('.room').offsetWidth"
    before = desk.browser.run(width)
    desk.browser.click("[aria-label='Zoom in']")
    assert desk.browser.run(width) > before * 1.5
    desk.browser.click(".tools button", "Fit")
    assert desk.browser.run(width) == before


def test_steps_give_every_step_the_same_room(desk: Desk):
    desk.start("waiting", "bars-steps")
    desk.open_instance("bars-steps")
    desk.browser.click(".toggle", "Steps")
    assert desk.browser.find(".toggle[aria-pressed=true]").text == "Steps"


def test_an_instance_that_is_not_there_says_so(desk: Desk):
    desk.open("#/instances/nobody")
    assert "no such instance" in desk.browser.find(".empty").text


def test_buttons_that_are_pressed_before_the_history_is_there_do_no_harm(desk: Desk):
    desk.call("POST", "orchestrators/chain/no-history?version=99")
    for address, sign in (("#/instances/no-history", ".badge"), ("#/instances/nobody", ".empty"), ("#/entities", "h1")):
        desk.open(address)
        desk.browser.find(sign)
        # Also those that are hidden: they may be pressed between two readings.
        desk.browser.run("for (const one of document.querySelectorAll('.view button:enabled')) one.click()")
        desk.browser.run("for (const one of document.querySelectorAll('dialog')) one.close()")
    desk.ended("chain", "has-history")
    desk.browser.run("location.hash = '#/instances/has-history'")
    desk.browser.run("for (const one of document.querySelectorAll('.timeline button')) one.click()")
    desk.browser.find(".badge", "Completed")
    assert desk.bars()[0].startswith("chain, Orchestration, done")
