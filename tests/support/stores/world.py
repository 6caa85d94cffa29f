"""A trip's rows, and companies that answer as a seed says: the plan is walked to its end without any store."""

import random
from typing import Any

from domain.components import COMPONENTS, ComponentKind, Effect, parts_of
from domain.trip.effect_outcomes import outcome_data
from domain.trip.facts import TripFacts
from domain.trip.folding import trip_facts
from domain.trip.keeping import kept_revision
from domain.trip.plan import (
    AskTraveller,
    Close,
    EndChange,
    Forward,
    Park,
    Pivot,
    Undo,
    next_step,
)
from domain.trip.revisions import ComponentFacts, Revision
from support.orchestrations.faults import FORWARD
from support.stores.entries import Rows
from support.stores.ledgers import ANSWERS

PRICES: dict[ComponentKind, int] = {"flight": 45000, "hotel": 87500, "car_hire": 22500}


class World:
    """A trip's rows, and companies that answer as the seed says."""

    def __init__(self, seed: int, currency: str = "USD", prices: dict[ComponentKind, int] | None = None) -> None:
        self._dice = random.Random(seed)
        self._trouble = self._dice.choice((0.0, 0.1, 0.4))
        self.rows = Rows(on_failure=self._dice.choice(("all_or_nothing", "keep_what_works", "ask_me")))
        self._currency, self._prices = currency, prices or PRICES
        self._has_changed = False
        self._folded: tuple[tuple[int, int], TripFacts] | None = None

    def facts(self) -> TripFacts:
        """Return the facts as they are; they are folded once for each row and command."""
        length = (len(self.rows.entries), len(self.rows.commands))
        if self._folded is None or self._folded[0] != length:
            self._folded = length, self.rows.facts()
        return self._folded[1]

    def facts_after(self, number: int) -> TripFacts:
        """Return the facts as they were when row `number` had just been written."""
        return trip_facts(self.rows.row(), self.rows.entries[: number + 1], self.rows.commands)

    def run(self) -> TripFacts:
        """Book the trip and take every step of the plan, with a traveller who cancels and changes now and then."""
        for part in parts_of("travel"):
            self._book(part.kind)
            if self.rows.on_failure == "all_or_nothing" and self.facts().components[-1].revisions[0].failed:
                break
        for _ in range(200):
            if self._dice.random() < 0.02 and self.facts().cancel is None:
                self._cancel()
            facts = self.facts()
            match next_step(facts):
                case Close(status):
                    if not self._ask_for_more(facts, status):
                        return facts
                case step:
                    self._perform(step)
        raise AssertionError(f"no end: {next_step(self.facts())}")

    def _perform(self, step: Any) -> None:
        match step:
            case Forward():
                self._forward(step)
            case Undo():
                self._undo(step)
            case Pivot():
                if self._fails():
                    self.rows.note("expired", reason="hold_expired")
                else:
                    self.rows.note("pivot")
            case AskTraveller():
                self.rows.command("answer", choice=self._dice.choice(("keep", "undo")))
            case EndChange(command, done):
                self.rows.note("changed" if done else "not_changed", command=command)
            case Park():
                item = self._dice.choice(self.facts().items)
                assert item.kind
                decision = self._dice.choice(("retry", "settled", "written_off"))
                self.rows.resolved(COMPONENTS[item.kind], item.effect, decision, item.revision)
            case _:
                raise AssertionError(step)

    def _book(self, kind: ComponentKind) -> None:
        """Hold and authorize a component, as its own saga does."""
        self._forward(Forward(kind, 1, "hold"))
        first = self._component(kind).revision(1)
        if first.hold == "done" and first.price:
            self._forward(Forward(kind, 1, "authorize", first.price.minor))

    def _forward(self, step: Forward) -> None:
        percent = 100 if step.revision == 1 else self._dice.randint(50, 150)
        amounts: dict[str, int | None] = {"hold": self._prices[step.kind] * percent // 100, "authorize": step.amount}
        if step.effect == "capture":
            amounts["capture"] = self._component(step.kind).revision(step.revision).authorized
        done = outcome_data(ANSWERS[step.effect])
        amount = amounts.get(step.effect)
        if amount is not None:
            done["amount"] = self._money(amount)
        dated = {"date": "2026-06-01", "units": 5} if step.effect == "hold" else {}
        self._act(step.kind, step.effect, step.revision, dated, **done)

    def _undo(self, step: Undo) -> None:
        revision = self._component(step.kind).revision(step.revision)
        if revision.hold not in ("none", "refused") and revision.cancel in ("none", "intended"):
            has_fee = revision.confirm in ("done", "intended") and revision.price
            fee = self._money(revision.price.minor // 10) if has_fee and revision.price else None
            done = {"status": "cancelled", "confirmation": None, "fee": fee}
            self._act(step.kind, "cancel", step.revision, {"fee_agreed": step.fee_agreed}, **done)
        begun = revision.authorize not in ("none", "refused") and revision.capture != "done"
        if begun and revision.void in ("none", "intended"):
            is_captured = revision.capture in ("intended", "given_up") and self._dice.random() < 0.5
            captured = {"status": "captured", "amount": self._money(revision.authorized)}
            self._act(step.kind, "void", step.revision, {}, **(captured if is_captured else {"status": "voided"}))
        while refund := self._component(step.kind).next_refund(kept(self.facts(), self._component(step.kind))):
            due, done = {"target": refund.revision, "amount": refund.amount}, self._money(refund.amount)
            if not self._act(step.kind, "refund", refund.number, due, status="refunded", amount=done):
                return

    def _act(self, kind: ComponentKind, effect: Effect, revision: int, intent: dict[str, Any], **done: Any) -> bool:
        """Begin an effect and end it one way or another; return whether it was done."""
        component = COMPONENTS[kind]
        self.rows.begun(component, effect, revision, **intent)
        if self._fails():
            self.rows.given_up(component, effect, revision)
            return False
        # Companies refuse what they are asked for, and never that it is undone.
        if effect in FORWARD and self._fails():
            refusal = {"code": "no", "message": "No.", "dial": None}
            self.rows.done(component, effect, revision, status="refused", refusal=refusal)
            return False
        self.rows.done(component, effect, revision, **done)
        return True

    def _cancel(self) -> None:
        facts = self.facts()
        pairs = [(component, kept(facts, component)) for component in facts.components]
        fees = [
            {"kind": component.kind, "revision": stays.number, "amount": stays.price.minor // 10}
            for component, stays in pairs
            if stays and stays.booked and stays.price and component.captured
        ]
        self.rows.command("cancel", fees=fees)

    def _ask_for_more(self, facts: TripFacts, status: str) -> bool:
        """Change or cancel a booked trip, once or several times; return False when it stays as it is."""
        if status not in ("confirmed", "partly_confirmed") or self._has_changed:
            return False
        self._has_changed = self._dice.random() < 0.5
        component = self._dice.choice([component for component in facts.components if kept(facts, component)])
        if self._dice.random() < 0.5:
            self._cancel()
            return True
        old = kept(facts, component)
        assert old
        assert old.price
        change = {"kind": component.kind, "revision": len(component.revisions) + 1, "replaces": old.number}
        self.rows.command("change", **change, fee=old.price.minor // 10, date="2026-06-02", units=6)
        return True

    def _component(self, kind: ComponentKind) -> ComponentFacts:
        component = self.facts().component(kind)
        assert component
        return component

    def _money(self, minor: int) -> dict[str, Any]:
        return {"currency": self._currency, "minor": minor}

    def _fails(self) -> bool:
        return self._dice.random() < self._trouble


def kept(facts: TripFacts, component: ComponentFacts) -> Revision | None:
    """Return the revision of a component that is to stay booked, if there is one."""
    return kept_revision(facts, component)
