"""The dashboard of a running host in a browser, and instances for it to show."""

import json
from typing import Any
from urllib.parse import quote

from devhost.testing import Answer, RunningHost
from support.web.browser import Browser

API = "/runtime/webhooks/durabletask"


class Desk:
    """The screen of a developer: the host and its dashboard."""

    def __init__(self, host: RunningHost, browser: Browser, key: str = "") -> None:
        self.host, self.browser, self._key = host, browser, key

    def call(self, method: str, path: str, body: Any = None) -> Answer:
        """Ask the management API."""
        headers = {"x-functions-key": self._key} if self._key else {}
        return self.host.request(method, f"{API}/{path}", body, headers)

    def start(self, name: str, instance_id: str, order: Any = None) -> None:
        """Start an orchestration as the SDK's client does."""
        body = None if order is None else json.dumps(order)
        response = self.call("POST", f"orchestrators/{name}/{segment(instance_id)}", body)
        assert response.status == 202, response.text

    def ended(self, name: str, instance_id: str, order: Any = None) -> None:
        """Start an orchestration and wait for its end."""
        body = None if order is None else json.dumps(order)
        path = f"orchestrators/{name}/{segment(instance_id)}?timeout=30&pollingInterval=0.02"
        response = self.call("POST", path, body)
        assert response.status == 200, response.text

    def status(self, instance_id: str) -> str:
        """Return the status of an instance, none when there is no such instance."""
        response = self.call("GET", f"instances/{segment(instance_id)}")
        return response.json()["runtimeStatus"] if response.body else "none"

    def open(self, address: str = "#/instances") -> None:
        """Show an address of the page, loaded anew."""
        self.browser.open(f"{self.host.url}/devhost/{address}")

    def open_instance(self, instance_id: str) -> None:
        """Show an instance and wait until it is drawn."""
        self.open(f"#/instances/{quote(instance_id, safe='')}")
        # The page is drawn after its first answer from the API; looking sooner finds the page before.
        self.browser.find(".facts", "Orchestrator")

    def open_list(self, query: str = "") -> None:
        """Show the list and wait until it is drawn."""
        self.open(f"#/instances{query}")
        self.settled()

    def settled(self) -> None:
        """Wait until the list shows what its filters ask for."""
        self.browser.until(
            lambda _: self.browser.run(
                "return !document.querySelector('[aria-busy]')"
                " && !/Reading/.test(document.querySelector('.summary').textContent)"
            ),
            "settled list",
        )

    def shown(self) -> list[str]:
        """Return the ids in the list, from top to bottom."""
        return self.browser.texts(".instances tbody .id")

    def bars(self) -> list[str]:
        """Return the labels of the timeline's bars for a screen reader."""
        return self.browser.run(
            "return [...document.querySelectorAll('.mark')].map((one) => one.getAttribute('aria-label'))"
        )

    def buttons(self) -> dict[str, bool]:
        """Return the actions, and whether each can be chosen."""
        pairs = self.browser.run(
            "return [...document.querySelectorAll('.actions button')].map((one) => [one.textContent, !one.disabled])"
        )
        return dict(pairs)


def segment(text: str) -> str:
    """Return a path segment for the management API, which decodes twice."""
    return quote(quote(text, safe=""), safe="")
