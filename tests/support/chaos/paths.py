"""The ways that a trip can take, as a traveller and an operator go them over HTTP."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from support.chaos.client import PATIENCE, ChaosError, Traveller
from support.chaos.points import Plan
from support.waiting import until

PARIS = "I need a trip to Paris for 5 nights"
FLIGHT = "Just get me a flight to Tokyo"
HOTEL = "Book a hotel in Rome for 3 nights"
CAR = "Rent a car in Rome for 4 days"

COMPONENTS = ("flight", "hotel", "car")
FORWARD = ("hold", "authorize", "confirm", "capture")
UNDOING = ("cancel", "void", "refund")
INSTANCES = "/runtime/webhooks/durabletask/instances"
ALL = [f"{component}/{effect}/1" for component in COMPONENTS for effect in FORWARD]
ENDS = ("confirmed", "partly_confirmed", "cancelled", "failed")

PathSteps = Callable[[Traveller], object]


@dataclass(frozen=True)
class Path:
    """One path: what is asked for, what companies do, what is done then, and how it may end."""

    name: str
    ends: tuple[str, ...]
    message: str = PARIS
    options: Mapping[str, Any] = field(default_factory=dict[str, Any])
    plan: Plan = field(default_factory=Plan)
    settings: Mapping[str, str] = field(default_factory=dict[str, str])
    then: PathSteps | None = None

    def go(self, traveller: Traveller) -> str:
        """Take it; how the trip then stands."""
        traveller.asks(self.message, **self.options)
        if self.then:
            self.then(traveller)
        if self.plan.pause is None and self.then is None:
            traveller.is_answered()
        traveller.rests(then=(*ENDS, "needs_attention", "waiting"))
        traveller.is_answered()
        return traveller.rests(then=self.ends)


def cancels(traveller: Traveller) -> None:
    got = traveller.sends("DELETE", f"/api/trips/{traveller.trip}/cancel")
    _expect(got.status in (200, 202), f"cancel: {got.status} {got.text}")


def cancels_later(traveller: Traveller) -> None:
    traveller.rests(then=("confirmed",))
    cancels(traveller)
    traveller.rests(then=("cancelled", "needs_attention"))


def cancels_at_the_pause(traveller: Traveller) -> None:
    traveller.pauses()
    cancels(traveller)
    traveller.goes_on()
    traveller.rests(then=("cancelled", "needs_attention"))


def terminates_at_the_pause(traveller: Traveller) -> None:
    """All that works for the turn is terminated, so that only the reconciler can bring the trip to its end."""
    traveller.pauses()
    for instance in traveller.instances():
        traveller.sends("POST", f"{INSTANCES}/{instance}/terminate?reason=chaos")
    traveller.goes_on()


def changes(**wanted: Any) -> PathSteps:
    def change(traveller: Traveller) -> None:
        traveller.rests(then=("confirmed", "partly_confirmed"))
        _asks_for_change(traveller, wanted)

    return change


def changes_and_cancels(**wanted: Any) -> PathSteps:
    def change(traveller: Traveller) -> None:
        traveller.rests(then=("confirmed",))
        _asks_for_change(traveller, wanted)
        cancels_at_the_pause(traveller)

    return change


def _asks_for_change(traveller: Traveller, wanted: Mapping[str, Any]) -> None:
    """The request, once it is accepted; a change that is under way was accepted before its answer was lost."""

    def accepted() -> bool:
        got = traveller.sends("PUT", f"/api/trips/{traveller.trip}/modify", dict(wanted))
        if got.status == 409 and got.json().get("code") == "not_confirmed":
            return False
        known = got.status == 409 and got.json().get("code") in ("change_in_progress", "needs_attention")
        _expect(got.status == 202 or known, f"modify: {got.status} {got.text}")
        return True

    until(accepted, PATIENCE)


def answers(choice: str) -> PathSteps:
    def answer(traveller: Traveller) -> None:
        traveller.rests(then=("waiting", *ENDS))
        traveller.is_answered()
        got = traveller.sends("POST", f"/api/trips/{traveller.trip}/answer", {"choice": choice})
        _expect(got.status in (200, 202, 409), f"answer: {got.status} {got.text}")
        traveller.rests(then=ENDS)

    return answer


def decides(decision: str, first: PathSteps | None = None, ends: tuple[str, ...] = ENDS) -> PathSteps:
    """Once the trip needs attention, the companies work again and a person decides on each item."""

    def decide(traveller: Traveller) -> None:
        if first:
            first(traveller)
        traveller.rests(then=("needs_attention",))
        traveller.is_answered()
        house = traveller.house
        house.change_plan(replace(house.plan, fates={}))

        def over() -> bool:
            status = traveller.rests(then=("needs_attention", *ENDS, "running", "compensating", "cancelling"))
            if status in ends:
                return True
            for item in items(traveller):
                _decide(traveller, item, decision)
            return False

        until(over, PATIENCE, 0.1)

    return decide


def items(traveller: Traveller) -> list[Any]:
    """The trip's open items, as operations list them."""
    got = traveller.sends("GET", "/api/operations/attention")
    _expect(got.status == 200, f"attention: {got.status} {got.text}")
    return [item for item in got.json()["items"] if item["trip"] == traveller.trip]


def _decide(traveller: Traveller, item: Any, decision: str) -> None:
    body = {"decision": decision, "reason": "A kill test decides.", "reference": "REF-1"}
    path = f"/api/operations/attention/{traveller.trip}/items/{item['item']}"
    got = traveller.sends("POST", path, body, {"If-Match": item["etag"]})
    _expect(got.status in (200, 202, 404, 409, 412), f"decision: {got.status} {got.text}")


def _expect(kept: bool, told: str) -> None:
    if not kept:
        raise ChaosError(told)


def _each_meets(*fates: str) -> Plan:
    return Plan(fates={key: list(fates) for key in ALL})


def _alone_meets(fate: str) -> Plan:
    return Plan(fates={f"/{effect}/1": [fate, "works"] for effect in FORWARD})


def _shortened_and_retried() -> PathSteps:
    return decides("retry", changes(component="hotel", nights=3), ("confirmed",))


def _all() -> dict[str, Path]:
    stuck, confirmed, failed = ["fault"], ("confirmed",), ("failed",)
    paths = [
        Path("success", confirmed),
        Path("flight alone", confirmed, FLIGHT),
        Path("hotel alone", confirmed, HOTEL),
        Path("car alone", confirmed, CAR),
        Path("parallel", confirmed, options={"parallel": True}),
        Path("each answer faults once", confirmed, plan=_each_meets("fault", "works")),
        Path("each answer is lost once", confirmed, plan=_each_meets("lost", "works")),
        Path("hold expires", failed, settings={"SIM_HOLD_SECONDS": "60", "PIVOT_MARGIN_SECONDS": "120"}),
        Path("ask me, keep", ("partly_confirmed",), options={"on_failure": "ask_me"}, then=answers("keep")),
        Path("ask me, undo", failed, options={"on_failure": "ask_me"}, then=answers("undo")),
        Path("ask me, no answer", failed, options={"on_failure": "ask_me"}, settings={"ASK_ME_SECONDS": "1"}),
        Path("keep what works", ("partly_confirmed",), options={"on_failure": "keep_what_works"}),
        Path(
            "keep what works after the pivot",
            ("partly_confirmed",),
            options={"on_failure": "keep_what_works"},
            plan=Plan(refuse=("hotel/capture/1",)),
        ),
        Path("parallel, hotel rejected", failed, options={"parallel": True}, plan=Plan(refuse=("hotel/hold/1",))),
        Path("cancel before the pivot", ("cancelled",), then=cancels_at_the_pause),
        Path("cancel after the pivot", ("cancelled",), then=cancels_at_the_pause),
        Path("cancel after the end", ("cancelled",), then=cancels_later),
        Path("change up", confirmed, then=changes(component="hotel", nights=7)),
        Path("change down", confirmed, then=changes(component="hotel", nights=3)),
        Path("change to another day", confirmed, then=changes(component="car_hire", date="2027-03-01")),
        Path("change, cancelled on its way", ("cancelled",), then=changes_and_cancels(component="hotel", nights=7)),
    ]
    paused = {
        "cancel before the pivot": "ledger claim car/hold/1 after",
        "cancel after the pivot": "ledger claim hotel/capture/1 after",
        "change, cancelled on its way": "ledger claim hotel/authorize/2 after",
    }
    refused_car = ("ask me, keep", "ask me, undo", "ask me, no answer", "keep what works")
    for refused in refused_car:
        paused[refused] = ""
    paths = [
        replace(path, plan=Plan(pause=paused[path.name] or None, refuse=() if paused[path.name] else ("car/hold/1",)))
        if path.name in paused
        else path
        for path in paths
    ]
    paths += [Path(f"{key} refused", failed, plan=Plan(refuse=(key,))) for key in ALL]
    for message, suffix in ((FLIGHT, "flight"), (HOTEL, "hotel"), (CAR, "car")):
        for effect, what in zip(FORWARD, ("rejected", "declined", "not confirmed", "not captured"), strict=True):
            paths.append(Path(f"{suffix} alone {what}", failed, message, plan=Plan(refuse=(f"/{effect}/1",))))
        paths.append(Path(f"{suffix} alone, each answer faults once", confirmed, message, plan=_alone_meets("fault")))
    for effect in ("hold/2", "authorize/2", "confirm/2", "capture/2"):
        plan = Plan(refuse=(f"hotel/{effect}",))
        paths.append(
            Path(f"change up, {effect} refused", confirmed, plan=plan, then=changes(component="hotel", nights=7))
        )
    for key in ALL:
        if "/hold/" in key or "/authorize/" in key:
            paths.append(Path(f"{key} gets no answer", failed, plan=Plan(fates={key: stuck})))
    for fate in ("fault", "lost"):
        fates = {f"{component}/{effect}/1": [fate, "works"] for component in COMPONENTS for effect in UNDOING}
        turned = Plan(refuse=("car/capture/1",), fates=fates)
        paths.append(Path(f"turned round, each undoing meets {fate} once", failed, plan=turned))
        again = Plan(fates={f"hotel/{effect}/2": [fate, "works"] for effect in FORWARD})
        change = changes(component="hotel", nights=7)
        paths.append(Path(f"change up, each answer meets {fate} once", confirmed, plan=again, then=change))
    undoing = Plan(refuse=("car/authorize/1",), fates={"hotel/cancel/1": stuck, "flight/void/1": stuck})
    forward = Plan(fates={"hotel/confirm/1": stuck})
    refunding = Plan(fates={"hotel/refund/1": stuck})
    for decision in ("retry", "settled", "written_off"):
        paths.append(Path(f"undoing fails, {decision}", failed, plan=undoing, then=decides(decision, ends=failed)))
        ends = ("cancelled",)
        paths.append(
            Path(f"refund fails, {decision}", ends, plan=refunding, then=decides(decision, cancels_later, ends))
        )
    capturing = Plan(fates={"hotel/capture/1": stuck})
    paths.append(Path("capturing fails, retry", confirmed, plan=capturing, then=decides("retry", ends=confirmed)))
    paths.append(Path("capturing fails, written off", failed, plan=capturing, then=decides("written_off", ends=failed)))
    paths.append(Path("change down, refund fails, retry", confirmed, plan=refunding, then=_shortened_and_retried()))
    for name, pause in (("before", "ledger claim car/hold/1 after"), ("after", "ledger claim hotel/capture/1 after")):
        plan, either = Plan(pause=pause), ("failed", "confirmed")
        paths.append(Path(f"sagas terminated {name} the pivot", either, plan=plan, then=terminates_at_the_pause))
    paths.append(Path("confirming fails, retry", confirmed, plan=forward, then=decides("retry", ends=confirmed)))
    paths.append(Path("confirming fails, settled", failed, plan=forward, then=decides("settled", ends=failed)))
    return {path.name: path for path in paths}


PATHS = _all()
