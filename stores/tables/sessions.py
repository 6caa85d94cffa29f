"""Sessions in Azure Table Storage.

A session is one row, in one of 64 partitions by the first character of its id. Unused ones are looked for in one
partition after the other, so that no run reads them all.
"""

import secrets
import uuid
from collections.abc import Callable
from datetime import datetime

from storage.table_account import Account
from stores.clock import timestamp
from stores.sessions import SessionState
from stores.tables.service import MOST_IN_BATCH, Document, Table, Write, repeated

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_INSTALLATION, _SECRET = "installation", "signing"


class TableSessions:
    """The `Sessions` port."""

    def __init__(self, account: Account) -> None:
        self._table = Table(account, "sessions")

    def signing_secret(self) -> bytes:
        return bytes.fromhex(repeated(self._kept_secret))

    def replace_signing_secret(self) -> None:
        made = {"value": secrets.token_hex(32)}
        repeated(lambda: self._table.write(_INSTALLATION, [Write("put", _SECRET, made)]))

    def state(self, session: str) -> SessionState | None:
        stored = repeated(lambda: self._table.get(_partition(session), session))
        return _state(stored.document) if stored else None

    def renew(self, session: str, at: datetime) -> None:
        self._change(session, at, lambda document: document["generation"])

    def end(self, session: str, at: datetime) -> None:
        call = uuid.uuid4().hex

        def next_generation(document: Document) -> int:
            # With this call's name an earlier attempt has written it already, and only its answer was lost.
            return document["generation"] + (document["ended_by"] != call)

        self._change(session, at, next_generation, call)

    def remove_unused(self, before: datetime, limit: int) -> int:
        partition = _partition(_ALPHABET[before.toordinal() % len(_ALPHABET)])
        most = min(limit, MOST_IN_BATCH)
        rows = repeated(lambda: self._table.rows(partition))
        unused = [stored for stored in rows if stored.document["renewed"] < timestamp(before)][:most]
        if unused:
            # With its ETag, since a session may be renewed at this moment.
            self._table.write(partition, [Write("delete", stored.row, etag=stored.etag) for stored in unused])
        return len(unused)

    def _kept_secret(self) -> str:
        stored = self._table.get(_INSTALLATION, _SECRET)
        if stored is None:
            made = {"value": secrets.token_hex(32)}
            # Of several processes that start together, the first one's secret stays: the others run this again.
            [stored] = self._table.write(_INSTALLATION, [Write("insert", _SECRET, made)])
        return stored.document["value"]

    def _change(
        self, session: str, at: datetime, generation: Callable[[Document], int], call: str | None = None
    ) -> None:
        def write() -> None:
            stored = self._table.get(_partition(session), session)
            document: Document = stored.document if stored else {"generation": 1, "renewed": "", "ended_by": None}
            changed = {
                "generation": generation(document),
                "renewed": max(document["renewed"], timestamp(at)),
                "ended_by": call or document["ended_by"],
            }
            how = Write("replace", session, changed, stored.etag) if stored else Write("insert", session, changed)
            self._table.write(_partition(session), [how])

        repeated(write)


def _partition(session: str) -> str:
    return f"s-{session[:1]}"


def _state(document: Document) -> SessionState:
    return SessionState(document["generation"], datetime.fromisoformat(document["renewed"]))
