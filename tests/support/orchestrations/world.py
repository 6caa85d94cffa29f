"""A trip's rows in memory, and companies that answer as a seed says: the plan's whole world without any store."""

import random
from datetime import UTC, date, datetime
from typing import Any

from domain.components import COMPONENTS, ComponentKind
from domain.options import OnFailure, TripOptions
from domain.trip.command_bodies import read_body
from domain.trip.entry_data import read_entry_data
from domain.trip.facts import TripFacts
from domain.trip.folding import trip_facts
from domain.trip.plan import AskTraveller, Close, EndChange, Forward, Park, Pivot, Undo, next_step
from domain.trip.records import Command, Entry, TripRow
from domain.trip.requests import TripRequest

NOW = datetime(2026, 5, 1, tzinfo=UTC)
REQUEST = TripRequest(kind="travel", destination="Paris", nights=5, date=date(2026, 6, 1))
PRICES: dict[ComponentKind, int] = {"flight": 45000, "hotel": 87500, "car_hire": 22500}


class World:
    """A trip's rows, and companies that answer as the seed says."""

    def __init__(self, seed: int, currency: str = "USD", prices: dict[ComponentKind, int] | None = None) -> None:
        self.currency = currency
        self.prices = prices or PRICES
        self.dice = random.Random(seed)
        self.trouble = self.dice.choice((0.0, 0.1, 0.4))
        policies: tuple[OnFailure, ...] = ("all_or_nothing", "keep_what_works", "ask_me")
        self.policy: OnFailure = self.dice.choice(policies)
        self.entries: list[Entry] = []
        self.commands: list[Command] = []
        self.closed = False
        self._folded: tuple[tuple[int, int], TripFacts] | None = None

    def facts(self) -> TripFacts:
        """The facts as they are; folded once for each row and command."""
        now = (len(self.entries), len(self.commands))
        if self._folded is None or self._folded[0] != now:
            self._folded = now, self.facts_after(len(self.entries))
        return self._folded[1]

    def facts_after(self, number: int) -> TripFacts:
        """The facts as they were when row `number` had just been written."""
        row = TripRow(
            id="trip-1",
            kind="travel",
            request=REQUEST,
            options=TripOptions(on_failure=self.policy),
            conversation="c",
            turn=1,
            created=NOW,
            updated=NOW,
            version=1,
            epoch=1,
            saga="trip-1",
            commands=len(self.commands),
            box="open",
            outcome=None,
        )
        return trip_facts(row, self.entries[: number + 1], self.commands)

    def write(self, event: Any, kind: Any = None, effect: Any = None, revision: Any = None, **data: Any) -> None:
        component = f"trip-1-{COMPONENTS[kind].suffix}" if kind else None
        stored = read_entry_data(event, effect, data) if data or event == "intent" else None
        self.entries.append(
            Entry(len(self.entries), "trip-1", NOW, event, component, kind, effect, revision, None, stored)
        )

    def command(self, what: Any, **body: Any) -> None:
        number = len(self.commands) + 1
        self.commands.append(Command("trip-1", number, f"c{number}", what, NOW, "owner", read_body(what, body)))

    def money(self, minor: int) -> dict[str, Any]:
        return {"currency": self.currency, "minor": minor}

    def fails(self) -> bool:
        return self.dice.random() < self.trouble

    def effect(
        self, kind: ComponentKind, effect: Any, revision: int, intent: dict[str, Any], done: dict[str, Any]
    ) -> bool:
        """Begin an effect and end it one way or another; True if it was done."""
        self.write("intent", kind, effect, revision, **intent)
        if self.fails():
            self.write("given_up", kind, effect, revision)
            return False
        if effect in ("hold", "authorize", "confirm", "capture") and self.fails():
            refusal = {"code": "no", "message": "No.", "dial": None}
            self.write("outcome", kind, effect, revision, status="refused", refusal=refusal)
            return False
        self.write("outcome", kind, effect, revision, **done)
        return True

    def forward(self, step: Forward) -> None:
        price = self.prices[step.kind] * (100 if step.revision == 1 else self.dice.randint(50, 150)) // 100
        known = {"currency": self.currency, "minor": price}
        amount = {"currency": self.currency, "minor": step.amount}
        facts = self.facts().component(step.kind)
        authorized = facts.revision(step.revision).authorized if facts and step.effect == "capture" else 0
        answers: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
            "hold": (
                {"date": "2026-06-01", "units": 5},
                {"status": "held", "confirmation": "X", "amount": known, "details": {}, "expires": NOW.isoformat()},
            ),
            "authorize": (
                {"amount": amount, "confirmation": "X"},
                {"status": "authorized", "payment": "p", "amount": amount, "expires": NOW.isoformat()},
            ),
            "confirm": ({"price": known}, {"status": "confirmed"}),
            "capture": ({}, {"status": "captured", "amount": {"currency": self.currency, "minor": authorized}}),
        }
        self.effect(step.kind, step.effect, step.revision, *answers[step.effect])

    def book(self, kind: ComponentKind) -> None:
        """What a child saga does: hold, authorize, undo itself on failure."""
        self.forward(Forward(kind, 1, "hold"))
        component = self.facts().component(kind)
        assert component
        first = component.revision(1)
        if first.hold == "done" and first.price:
            self.forward(Forward(kind, 1, "authorize", first.price.minor))

    def undo(self, step: Undo) -> None:
        component = self.facts().component(step.kind)
        assert component
        revision = component.revision(step.revision)
        if revision.hold not in ("none", "refused") and revision.cancel in ("none", "intended"):
            confirmed = revision.confirm in ("done", "intended")
            fee = (
                {"currency": self.currency, "minor": revision.price.minor // 10}
                if confirmed and revision.price
                else None
            )
            told = {"status": "cancelled", "confirmation": None, "fee": fee}
            self.effect(step.kind, "cancel", step.revision, {"fee_agreed": step.fee_agreed}, told)
        begun = revision.authorize not in ("none", "refused") and revision.capture != "done"
        if begun and revision.void in ("none", "intended"):
            unknown = revision.capture in ("intended", "given_up") and self.dice.random() < 0.5
            told = {"status": "captured", "amount": {"currency": self.currency, "minor": revision.authorized}}
            self.effect(step.kind, "void", step.revision, {}, told if unknown else {"status": "voided"})
        from domain.trip.keeping import kept_revision

        while True:
            facts = self.facts()
            component = facts.component(step.kind)
            assert component
            refund = component.next_refund(kept_revision(facts, component))
            if refund is None:
                return
            intent = {"target": refund.revision, "amount": refund.amount}
            if not self.effect(
                step.kind,
                "refund",
                refund.number,
                intent,
                {"status": "refunded", "amount": self.money(refund.amount)},
            ):
                return

    def run(self) -> TripFacts:
        for kind in COMPONENTS:
            self.book(kind)
            if self.policy == "all_or_nothing" and self.facts().components[-1].revisions[0].failed:
                break
        for _ in range(200):
            self.person()
            facts = self.facts()
            match next_step(facts):
                case Close(status):
                    if not self.change_or_cancel_later(facts, status):
                        return facts
                case step:
                    self.perform(step)
        raise AssertionError(f"no end: {next_step(self.facts())}")

    def perform(self, step: Any) -> None:
        match step:
            case Forward():
                self.forward(step)
            case Undo():
                self.undo(step)
            case Pivot():
                if self.fails():
                    self.write("expired", reason="hold_expired")
                else:
                    self.write("pivot")
            case AskTraveller():
                self.command("answer", choice=self.dice.choice(("keep", "undo")))
            case EndChange(command, done):
                self.write("changed" if done else "not_changed", command=command)
            case Park():
                item = self.dice.choice(self.facts().items)
                decision = self.dice.choice(("retry", "settled", "written_off"))
                decided = {"decision": decision, "reason": "", "reference": "", "by": "staff", "command": 1}
                self.write("resolved", item.kind, item.effect, item.revision, **decided)
            case _:
                raise AssertionError(step)

    def person(self) -> None:
        if self.dice.random() < 0.02 and self.facts().cancel is None:
            self.cancel()

    def cancel(self) -> None:
        facts = self.facts()
        fees = [
            {"kind": c.kind, "revision": stays.number, "amount": stays.price.minor // 10}
            for c in facts.components
            if (stays := kept(facts, c)) and stays.booked and c.captured
        ]
        self.command("cancel", fees=fees)

    def change_or_cancel_later(self, facts: TripFacts, status: str) -> bool:
        if status not in ("confirmed", "partly_confirmed") or self.closed:
            return False
        self.closed = self.dice.random() < 0.5
        component = self.dice.choice([c for c in facts.components if kept(facts, c)])
        if self.dice.random() < 0.5:
            self.cancel()
            return True
        old = kept(facts, component)
        body = {"kind": component.kind, "revision": len(component.revisions) + 1, "date": "2026-06-02", "units": 6}
        self.command("change", replaces=old.number, fee=old.price.minor // 10, **body)
        return True


def kept(facts: TripFacts, component: Any) -> Any:
    from domain.trip.keeping import kept_revision

    return kept_revision(facts, component)
