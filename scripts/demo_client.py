"""A client of the chat API that uses the standard library alone; an example for scripts of others."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any


class DemoClient:
    """Talks to one running app."""

    def __init__(self, base: str) -> None:
        self._base = base

    def wait_until_healthy(self, seconds: float, alive: Callable[[], bool]) -> None:
        """Return once `/api/health` answers 200. Raise `RuntimeError` if the host ends or time runs out before."""
        deadline = time.monotonic() + seconds
        while alive() and time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(f"{self._base}/api/health", timeout=5):
                    return
            # Nothing listens yet, or the app is still loading.
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.1)
        raise RuntimeError("the host did not start; its log tells why")

    def chat(self, message: str, key: str) -> dict[str, Any]:
        """Post a message and return the reply, which may say that the trip is still being booked."""
        return self._post(message, key)[1]

    def finished_chat(self, message: str, key: str) -> dict[str, Any] | None:
        """Post a message under a key. Return the final reply, or None while the trip is being booked."""
        status, reply = self._post(message, key)
        return reply if status == 200 else None

    def trip(self, reply: dict[str, Any]) -> dict[str, Any]:
        """Return the state of the first trip that a reply lists."""
        with urllib.request.urlopen(self._base + reply["trips"][0]["status_url"], timeout=10) as response:
            return json.load(response)

    def _post(self, message: str, key: str) -> tuple[int, dict[str, Any]]:
        request = urllib.request.Request(
            f"{self._base}/api/chat",
            data=json.dumps({"message": message}).encode(),
            headers={"Content-Type": "application/json", "Idempotency-Key": key},
        )
        # Longer than CHAT_WAIT_SECONDS, for which the app may hold the answer back.
        with urllib.request.urlopen(request, timeout=60) as response:
            return response.status, json.load(response)
