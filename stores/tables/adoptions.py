"""Adoptions in Azure Table Storage.

Each adopted owner has a partition whose only row names the adopter, so that the first adopter stays. Each adopter has a
partition that lists what it has adopted, which is written second and repeated by a repeat.
"""

from collections.abc import Sequence

from storage.table_account import Account
from stores.tables.service import Table, Write, repeated

_BY = "by"


class TableAdoptions:
    """The `Adoptions` port."""

    def __init__(self, account: Account) -> None:
        self._table = Table(account, "sessions")

    def adopt(self, adopted: str, owner: str) -> bool:
        if repeated(lambda: self._adopter(adopted, owner)) != owner:
            return False
        repeated(lambda: self._table.write(_list(owner), [Write("put", adopted)]))
        return True

    def adopted_by(self, owner: str) -> Sequence[str]:
        return [stored.row for stored in repeated(lambda: self._table.rows(_list(owner)))]

    def remove_of(self, owner: str) -> None:
        repeated(lambda: self._remove_of(owner))

    def _remove_of(self, owner: str) -> None:
        for adopted in self.adopted_by(owner):
            self._table.write(_partition(adopted), [Write("delete", _BY)])
            # Last, since a repeat finds by this row what is left.
            self._table.write(_list(owner), [Write("delete", adopted)])

    def _adopter(self, adopted: str, owner: str) -> str:
        stored = self._table.get(_partition(adopted), _BY)
        if stored is None:
            [stored] = self._table.write(_partition(adopted), [Write("insert", _BY, {"owner": owner})])
        return stored.document["owner"]


def _partition(adopted: str) -> str:
    return f"adopted-{adopted}"


def _list(owner: str) -> str:
    return f"adoptions-{owner}"
