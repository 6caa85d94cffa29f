"""The whole app on the development host, in another process; tests speak to it over HTTP as any client does."""

from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from audit.installation import examine
from devhost.testing import Answer, RunningHost, running_host
from domain.amount import Money
from scripts.run import DIALS
from settings import Settings
from support.waiting import until

ROOT = Path(__file__).resolve().parents[3]
NOTHING_SET = {name.upper(): "" for name in Settings.model_fields}
CALM = dict.fromkeys(DIALS, "0")
PARIS = "I need a trip to Paris for 5 nights"
TOKYO = "Just get me a flight to Tokyo"
HUB = "/runtime/webhooks/durabletask/instances"
UNDER_WAY = ("running", "compensating", "cancelling")


def usd(minor: int) -> dict[str, Any]:
    """Return an amount as responses show it."""
    return {"currency": "USD", "minor": minor, "text": str(Money(currency="USD", minor=minor))}


@dataclass(frozen=True)
class App:
    """A running app and its state."""

    host: RunningHost
    state: Path

    def post(
        self,
        message: str,
        key: str | None = None,
        conversation: str | None = None,
        timeout: float = 60,
        options: Mapping[str, Any] | None = None,
    ) -> Answer:
        body: dict[str, Any] = {"message": message} | ({"conversation_id": conversation} if conversation else {})
        body |= {"options": options} if options is not None else {}
        headers = {"Idempotency-Key": key} if key else {}
        return self.host.request("POST", "/api/chat", body, headers, timeout)

    def chat(self, message: str, key: str | None = None, conversation: str | None = None, **options: Any) -> Any:
        """Return the body of a 200."""
        got = self.post(message, key, conversation, options=options or None)
        assert got.status == 200, f"{got.status} {got.text}"
        return got.json()

    def finished(self, message: str, key: str) -> Any:
        """Return the body of the 200 that repeated posts under a key end in."""

        def final() -> Any:
            got = self.post(message, key)
            assert got.status in (200, 202), f"{got.status} {got.text}"
            return got.json() if got.status == 200 else None

        return until(final)

    def get(self, path: str) -> Any:
        """Return the body of a 200."""
        got = self.host.request("GET", path)
        assert got.status == 200, f"{got.status} {got.text}"
        return got.json()

    def trip(self, chat: Any) -> Any:
        """Return the status of the only trip that a chat lists."""
        [link] = chat["trips"]
        return self.get(link["status_url"])

    def begun(self, message: str = PARIS, key: str = "k", conversation: str | None = None, **options: Any) -> str:
        """Return the id of the trip that a post books, as soon as it is known; for an app that waits for nothing."""

        def trip() -> str | None:
            got = self.post(message, key, conversation, options=options or None)
            assert got.status in (200, 202), f"{got.status} {got.text}"
            return next((link["id"] for link in got.json()["trips"]), None)

        return until(trip)

    def status(self, trip: str) -> Any:
        return self.get(f"/api/travel-status/{trip}")

    def settled(self, trip: str, patience: float = 60) -> Any:
        """Return the trip once nobody has work to do on it."""
        return self._once(trip, lambda view: view["status"] not in UNDER_WAY, patience)

    def becomes(self, trip: str, status: str, patience: float = 60) -> Any:
        """Return the trip once it has that status."""
        return self._once(trip, lambda view: view["status"] == status, patience)

    def cancel(self, trip: str) -> Answer:
        return self.host.request("DELETE", f"/api/trips/{trip}/cancel")

    def modify(self, trip: str, **change: Any) -> Answer:
        return self.host.request("PUT", f"/api/trips/{trip}/modify", change)

    def answer(self, trip: str, choice: str) -> Answer:
        return self.host.request("POST", f"/api/trips/{trip}/answer", {"choice": choice})

    def attention(self) -> Any:
        return self.get("/api/operations/attention")["items"]

    def decide(self, item: Any, decision: str, reference: str = "", etag: str | None = None) -> Answer:
        """Decide on an item of `attention`, on the version that it was listed with."""
        path = f"/api/operations/attention/{item['trip']}/items/{item['item']}"
        body = {"decision": decision, "reason": "as agreed on the telephone", "reference": reference}
        return self.host.request("POST", path, body, {"If-Match": etag or item["etag"]}, timeout=60)

    def ledger(self, trip: str) -> Any:
        return self.get(f"/api/operations/ledger?trip={trip}")

    def reconcile(self) -> None:
        """Run the reconciler now, out of its schedule."""
        assert self.host.request("POST", "/admin/functions/reconcile").status == 202

    def reconciled(self, trip: str, patience: float = 60) -> Any:
        """Return the trip once the reconciler, run again and again, has brought it to its end or parked it."""

        def is_at_rest(view: Any) -> bool:
            self.reconcile()
            is_closed = self.ledger(trip)["rows"][-1]["event"] == "closed"
            return view["status"] in ("waiting", "needs_attention") or (is_closed and view["status"] not in UNDER_WAY)

        return self._once(trip, is_at_rest, patience, pause=0.1)

    def terminate(self, instance: str) -> bool:
        """Terminate through the management API; return False when it had ended or never was."""
        return self.host.request("POST", f"{HUB}/{instance}/terminate?reason=test").status == 202

    def audit(self) -> None:
        """Pass if ledger and suppliers' books agree."""
        report = examine(Settings(state_dir=self.state))
        assert report.ran
        assert report.balanced, report.as_text(20)

    def _once(self, trip: str, is_so: Callable[[Any], bool], patience: float, pause: float = 0.02) -> Any:
        def view() -> Any:
            seen = self.status(trip)
            return seen if is_so(seen) else None

        return until(view, patience, pause)


@contextmanager
def running_app(state: Path, dials: Mapping[str, str] = CALM, /, **settings: str) -> Generator[App]:
    """Run the app with suppliers that never refuse, unless `dials` say so; upper-case keywords are its settings.

    The claims of a process that died run out soon, as nothing else is waited for.
    """
    # Empty is unset, so that nothing of the developer's own environment gets into the app.
    environment = NOTHING_SET | {"STATE_DIR": str(state), "KEY_LEASE_SECONDS": "3"} | dict(dials) | settings
    with running_host(ROOT, state_dir=state, env=environment) as host:
        yield App(host, state)
