"""Link codes in Azure Table Storage: rows of one partition, since a code lives for minutes only."""

import uuid
from collections.abc import Callable
from datetime import datetime
from itertools import islice

from pydantic import TypeAdapter

from storage.table_account import Account
from stores.clock import timestamp
from stores.link_codes import Link
from stores.tables.service import MOST_IN_BATCH, Document, Table, Write, repeated

_PARTITION = "link-codes"
_LINKS = TypeAdapter(Link)


class TableLinkCodes:
    """The `LinkCodes` port."""

    def __init__(self, account: Account) -> None:
        self._table = Table(account, "sessions")

    def keep(self, digest: str, link: Link) -> None:
        document = {"link": _LINKS.dump_python(link, mode="json"), "expires": timestamp(link.expires), "taken_by": None}
        repeated(lambda: self._table.write(_PARTITION, [Write("put", digest, document)]))

    def take(self, digest: str, now: datetime) -> Link | None:
        call = uuid.uuid4().hex

        def take_once() -> Link | None:
            stored = self._table.get(_PARTITION, digest)
            if stored is None or not _may_take(stored.document, timestamp(now), call):
                return None
            # With this call's name an earlier attempt has written it already, and only its answer was lost.
            taken = Write("replace", digest, {**stored.document, "taken_by": call}, stored.etag)
            self._table.write(_PARTITION, [taken])
            return _LINKS.validate_python(stored.document["link"])

        return repeated(take_once)

    def remove_of(self, session: str) -> None:
        self._remove(lambda document: document["link"]["session"] == session, MOST_IN_BATCH)

    def remove_expired(self, now: datetime, limit: int) -> int:
        return self._remove(lambda document: document["expires"] <= timestamp(now), min(limit, MOST_IN_BATCH))

    def _remove(self, is_to_go: Callable[[Document], bool], limit: int) -> int:
        def remove_once() -> int:
            rows = self._table.rows(_PARTITION)
            removed = list(islice((stored for stored in rows if is_to_go(stored.document)), limit))
            if removed:
                self._table.write(_PARTITION, [Write("delete", stored.row) for stored in removed])
            return len(removed)

        return repeated(remove_once)


def _may_take(document: Document, now: str, call: str) -> bool:
    return document["taken_by"] in (None, call) and document["expires"] > now
