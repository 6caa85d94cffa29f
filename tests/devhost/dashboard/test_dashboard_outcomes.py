"""An operator finds what went wrong, and what waits for a person, among many instances that went well."""

import json
from datetime import datetime

import pytest

from support.web.dashboard import Desk

ENDS = {"failed": 4, "cancelled": 2, "confirmed": 24}


@pytest.fixture(scope="package", autouse=True)
def orders(shared_desk: Desk) -> None:
    """Start orders of each end; the oldest has failed, and one of a later one is a part of it."""
    for end, count in ENDS.items():
        for number in range(count):
            shared_desk.ended("order", f"order-{end}-{number:02}", end)
    shared_desk.start("order", "order-open", "needs_attention")
    shared_desk.ended("order", "order-split", "split")
    shared_desk.ended("order", "order-failed-00-command-1", "cancelled")


def chips(desk: Desk) -> dict[str, str]:
    """Return the numbers on the chips."""
    return dict(text.rsplit(" ", 1) for text in desk.browser.texts(".chip"))


def looks(desk: Desk, instance_id: str) -> list[str]:
    """Return the classes of the badges of an instance in the list."""
    return desk.browser.run(
        "return [...document.querySelectorAll('.instances tr')].find((row) => row.querySelector('.id')?.title =="
        " arguments[0]).querySelectorAll('.badge').values().map((one) => one.className).toArray()",
        instance_id,
    )


def test_the_list_begins_with_the_newest_instance_and_tells_how_many_there_are(desk: Desk):
    desk.open_list("?name=order")
    assert desk.shown()[0] == "order-failed-00-command-1"
    assert desk.shown()[-1] == "order-failed-00"
    assert desk.browser.find(".summary").text == "34 instances"
    assert chips(desk) == {
        "failed": "6",
        "cancelled": "3",
        "needs_attention": "1",
        "confirmed": "24",
        "Running": "1",
        "Completed": "33",
    }


def test_what_failed_is_found_by_its_outcome_and_is_not_green(desk: Desk):
    desk.open_list("?name=order")
    desk.browser.click(".chip", "failed")
    desk.browser.until(lambda _: len(desk.shown()) == 6, "failed ones")
    assert desk.shown()[:2] == ["order-split-part", "order-split"]
    assert desk.shown()[-1] == "order-failed-00"
    assert looks(desk, "order-failed-00") == ["badge off", "badge outcome bad"]
    assert desk.browser.find(".summary").text == "6 instances"
    assert "outcome=failed" in desk.browser.driver.current_url
    desk.browser.driver.refresh()
    desk.browser.until(lambda _: len(desk.shown()) == 6, "failed ones")
    desk.browser.click(".chip", "cancelled")
    desk.browser.until(lambda _: len(desk.shown()) == 9, "cancelled ones too")


def test_what_went_well_is_green_and_what_waits_stands_out(desk: Desk):
    desk.open_list("?name=order&outcome=confirmed&outcome=needs_attention")
    assert looks(desk, "order-confirmed-00") == ["badge good", "badge outcome good"]
    assert looks(desk, "order-open") == ["badge info", "badge outcome wait"]
    desk.open_list("?status=Running&name=order")
    assert desk.shown() == ["order-open"]


def test_parts_of_other_orchestrations_can_be_left_out(desk: Desk):
    desk.open_list("?name=order&outcome=failed&children=false")
    assert "order-split-part" not in desk.shown()
    assert len(desk.shown()) == 5
    desk.open_list("?name=order&children=true")
    assert desk.shown() == ["order-split-part"]
    assert desk.browser.find(".part").text == "↳"


def test_an_orchestrator_is_chosen_from_those_that_there_are(desk: Desk):
    desk.open_list("?prefix=order-open")
    desk.browser.until(lambda _: "order (34)" in desk.browser.texts("[name=name] option"), "orchestrators")
    desk.browser.click("[name=name] option", "order (34)")
    desk.browser.until(lambda _: "name=order" in desk.browser.driver.current_url, "filter in the address")


def test_an_outcome_is_any_text_and_stays_one(desk: Desk):
    odd = "50%, <b>done</b> & more"
    desk.ended("order", "odd-outcome", odd)
    desk.open_list("?name=order&text=odd-outcome")
    desk.browser.click(".chip", odd)
    desk.browser.until(lambda _: desk.shown() == ["odd-outcome"], "the one with the outcome")
    desk.browser.driver.refresh()
    desk.browser.until(lambda _: desk.shown() == ["odd-outcome"], "the one with the outcome")
    assert desk.browser.find(".badge.outcome").text == f"✓ {odd}"
    desk.call("DELETE", "instances/odd-outcome")


def test_an_instance_tells_why_it_failed_and_what_was_started_for_it_later(desk: Desk):
    desk.open_instance("order-failed-00")
    assert desk.browser.find(".why.bad").text == "The bank refused to pay."
    assert desk.browser.texts(".badges .badge") == ["✓ Completed", "✕ failed"]
    desk.browser.click(".related a", "order-failed-00-command-1")
    desk.browser.find("h1", "order-failed-00-command-1")
    desk.browser.click(".related a", "order-failed-00")
    desk.browser.find(".why", "The bank refused to pay.")


def test_ids_that_only_begin_alike_are_not_related(desk: Desk):
    desk.ended("chain", "alike-1")
    desk.ended("chain", "alike-10")
    desk.open_instance("alike-1")
    assert desk.browser.all(".related") == []


def test_what_undoes_does_not_look_like_a_success(desk: Desk):
    desk.open_instance("order-failed-01")
    undoing = [bar for bar in desk.bars() if "Activity that undoes" in bar]
    assert [bar.split(",")[0] for bar in undoing] == ["refund_payment", "cancel_reservation"]
    assert len(desk.browser.all(".mark.undoes .shape")) == 2
    desk.open_instance("order-split")
    assert "order, Sub-orchestration, done (failed)" in "; ".join(desk.bars())
    assert len(desk.browser.all(".mark.child.refused .cross")) == 1


def test_a_timer_that_limits_a_task_is_a_part_of_its_bar(desk: Desk):
    desk.open_instance("order-failed-02")
    assert len(desk.bars()) == 5
    assert not any("Timer" in bar for bar in desk.bars())
    assert all(bar.endswith("limited to 10 min") for bar in desk.bars()[1:])
    desk.open_instance("order-open")
    assert [bar.split(",")[0] for bar in desk.bars()] == ["order", "reserve_stock", "take_payment"]


def test_the_timeline_comes_before_the_values(desk: Desk):
    desk.open_instance("order-failed-00")
    tops = desk.browser.run(
        "return ['.timeline', '.values', '.history'].map((one) =>"
        " document.querySelector(one).getBoundingClientRect().top)"
    )
    assert tops == sorted(tops)
    assert tops[0] < 500


def test_times_have_their_day_and_zone(desk: Desk):
    desk.open_instance("order-failed-00")
    created = desk.browser.texts(".facts time")[0]
    day, clock, zone = created.split(" ")
    assert datetime.fromisoformat(f"{day}T{clock}")
    assert zone.startswith("UTC")
    assert "UTC" in desk.browser.find(".history th:nth-child(2)").text
    desk.open_list("?prefix=order-failed-00")
    assert "UTC" in desk.browser.find(".instances th:nth-child(5)").text
    assert desk.browser.texts(".instances .created")[-1] == f"{day} {clock}"


def test_neither_numbers_nor_words_break(desk: Desk):
    name = "a_long_name-with.parts/andCamelCase" * 4
    desk.ended("fan", name, 12)
    for width in (1280, 390):
        desk.browser.window(width, 800)
        for address in ("#/instances?text=andCamelCase", f"#/instances/{name.replace('/', '%2F')}"):
            desk.open(address)
            desk.browser.find(".id")
            desk.browser.until(lambda _: desk.browser.all(".instances .id, .history .number"), "rows")
            broken = desk.browser.run(
                "const texts = document.querySelectorAll('h1, td.first, td.name, td.number');"
                "const parts = [...texts].flatMap((one) => { const found = []; const walk ="
                " document.createTreeWalker(one, NodeFilter.SHOW_TEXT);"
                " while (walk.nextNode()) found.push(walk.currentNode); return found; });"
                "return parts.filter((part) => { const range = document.createRange(); range.selectNode(part);"
                " const tops = [...range.getClientRects()].map(({ top }) => Math.round(top));"
                " return new Set(tops).size > 1; }).map((part) => part.data)"
            )
            assert broken == [], (width, address)


def test_a_phone_shows_ten_rows_at_once(desk: Desk):
    desk.browser.window(390, 844)
    desk.open_list("?name=order")
    seen = desk.browser.run(
        "return [...document.querySelectorAll('.instances tbody tr')]"
        ".filter((row) => row.getBoundingClientRect().bottom <= innerHeight).length"
    )
    assert seen >= 10


def test_the_pages_data_need_no_more_than_the_page_asks_for(desk: Desk):
    page = json.loads(desk.host.request("GET", "/devhost/list?top=1000000").body)
    assert 0 < len(page["rows"]) <= 500
    first = json.loads(desk.host.request("GET", "/devhost/list?top=2").body)
    second = json.loads(desk.host.request("GET", f"/devhost/list?top=2&after={first['next'].replace(' ', '%20')}").body)
    ids = [row["instanceId"] for row in [*first["rows"], *second["rows"]]]
    assert ids == [row["instanceId"] for row in page["rows"][:4]]
    for query in ("after=x", "after=%20", "top=-1", "top=x", "children=x", "createdTimeFrom=x", "status=x", "text=%25"):
        assert desk.host.request("GET", f"/devhost/list?{query}").status == 200, query
    assert desk.host.request("GET", "/devhost/instance?instanceId=nobody").status == 404
