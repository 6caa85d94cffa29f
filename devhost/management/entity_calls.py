"""The endpoints below `entities`."""

import asyncio

from devhost.hub.records import EntityFilter
from devhost.management.api_call import NEXT_PAGE, NOT_FOUND, ApiCall
from devhost.management.instance_view import entity_object
from devhost.wire.replies import json_complaint, message, parsed_json
from devhost.wire.wire import Reply, compact, json_array, json_reply


class EntityCalls(ApiCall):
    """Reads entities and sends them signals."""

    async def read(self, name: str, key: str) -> Reply:
        row = self.engine.get_entity(name, key)
        return NOT_FOUND if row is None else json_reply(200, row.state or "null")

    async def list(self, name: str) -> Reply:
        wanted = EntityFilter(
            name, self.arguments.time("lastOperationTimeFrom"), self.arguments.time("lastOperationTimeTo")
        )
        fetch = self.arguments.flag("fetchState", False)

        def read() -> tuple[str, str | None]:
            page = self.engine.list_entities(wanted, self.arguments.top(), self.incoming.header(NEXT_PAGE))
            return json_array(entity_object(row, fetch) for row in page.rows), page.token

        return self.page(*await asyncio.to_thread(read))

    async def signal(self, name: str, key: str) -> Reply:
        body = self.incoming.body
        given: str | None = None
        if body:
            if self.media_type() == "text/plain":
                given = compact(body.decode("utf-8", "replace"))
            else:
                try:
                    given = compact(await parsed_json(body))
                except ValueError as error:
                    return message(400, f"Could not parse JSON content: {json_complaint(body, error)}")
        operation = self.arguments.text("op") or ""
        return await self.accepted(lambda: self.engine.signal_entity(name, key, operation, given))

    async def delete(self, name: str, key: str) -> Reply:
        return await self.accepted(lambda: self.engine.signal_entity(name, key, "delete", '""'))
