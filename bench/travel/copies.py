"""Copies of table rows under new names, sent as raw batches.

A batch is one text in which only names are replaced. The SDK would spend three times as long on a batch as the service.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from aiohttp import ClientSession
from yarl import URL

from bench.azurite import ACCOUNT, KEY

Row = dict[str, Any]
MOST_IN_BATCH = 100
_BOUNDARIES = 'multipart/mixed; boundary="batch_all"'
_JSON = "application/json;odata=minimalmetadata"


class RefusedError(Exception):
    """The service refused a request; the text is its answer."""


class RawTables:
    """Tables of Azurite without the SDK. `endpoint` is that of the account."""

    def __init__(self, session: ClientSession, endpoint: str) -> None:
        self._session = session
        self._endpoint = endpoint

    async def rows(self, table: str) -> list[Row]:
        """Return the first 1,000 rows of the table, without what the service adds to them."""
        answer = json.loads(await self._send("GET", f"{table}()", {"Accept": _JSON}))
        return [
            {name: value for name, value in row.items() if not name.startswith(("odata.", "Timestamp"))}
            for row in answer["value"]
        ]

    async def send(self, batch: str) -> None:
        """Write a batch that `batch_text` made. Raise RefusedError if it was not written."""
        answer = await self._send("POST", "$batch", {"Content-Type": _BOUNDARIES}, batch)
        # The batch is accepted in any case, and a refusal is the status of one of its parts.
        if b"HTTP/1.1 4" in answer or b"HTTP/1.1 5" in answer:
            raise RefusedError(answer[-300:].decode(errors="replace"))

    def batch_text(self, table: str, rows: Sequence[Row]) -> str:
        """Return the batch that inserts at most 100 rows of one partition."""
        frame = "Content-Type: application/http\nContent-Transfer-Encoding: binary\n\n"
        head = f"POST {self._endpoint}/{table} HTTP/1.1\nContent-Type: application/json\nAccept: {_JSON}\n"
        parts = [f"--changes\n{frame}{head}Prefer: return-no-content\n\n{json.dumps(row)}\n" for row in rows]
        whole = [
            "--batch_all\nContent-Type: multipart/mixed; boundary=changes\n\n",
            *parts,
            "--changes--\n--batch_all--\n",
        ]
        return "".join(whole).replace("\n", "\r\n")

    async def _send(self, method: str, path: str, headers: Mapping[str, str], text: str = "") -> bytes:
        url = URL(f"{self._endpoint}/{path}", encoded=True)
        signed = {**_signature(url), "DataServiceVersion": "3.0", "x-ms-version": "2019-02-02", **headers}
        async with self._session.request(method, url, headers=signed, data=text.encode()) as response:
            answer = await response.read()
            if response.status >= 300:
                raise RefusedError(f"{method} {path}: {response.status} {answer[:300].decode(errors='replace')}")
            return answer


def _signature(url: URL) -> dict[str, str]:
    # The short form: the date, and the name of the account before the path, which has it once more.
    date = format_datetime(datetime.now(UTC), usegmt=True)
    text = f"{date}\n/{ACCOUNT}{url.raw_path}"
    digest = hmac.new(base64.b64decode(KEY), text.encode(), hashlib.sha256).digest()
    return {"x-ms-date": date, "Authorization": f"SharedKeyLite {ACCOUNT}:{base64.b64encode(digest).decode()}"}
