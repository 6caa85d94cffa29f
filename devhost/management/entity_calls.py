"""The endpoints below `entities` (recordings `entity_api` and `list_api`)."""

import asyncio

from devhost.hub.records import EntityFilter
from devhost.management.api_call import NEXT_PAGE, NOT_FOUND, ApiCall
from devhost.management.instance_view import entity_object
from devhost.wire.replies import json_complaint, message, parsed_json
from devhost.wire.wire import Reply, compact, json_array, json_reply


class EntityCalls(ApiCall):
    """Reads entities and sends signals to them."""

    async def read(self, name: str, key: str) -> Reply:
        """Answer with the entity's state."""
        row = self.engine.get_entity(name, key)
        return NOT_FOUND if row is None else json_reply(200, row.state or "null")

    async def list(self, name: str) -> Reply:
        """Answer with a page of entities; an empty name means all."""
        selection = EntityFilter(
            name, self.arguments.time("lastOperationTimeFrom"), self.arguments.time("lastOperationTimeTo")
        )
        fetch = self.arguments.flag("fetchState", False)

        def read() -> tuple[str, str | None]:
            page = self.engine.list_entities(selection, self.arguments.top(), self.incoming.header(NEXT_PAGE))
            return json_array(entity_object(row, fetch) for row in page.rows), page.token

        return self.page(*await asyncio.to_thread(read))

    async def signal(self, name: str, key: str) -> Reply:
        """Send the operation `op` with the body as its input."""
        body = self.incoming.body
        input_text: str | None = None
        if body:
            if self.media_type() == "text/plain":
                input_text = compact(body.decode("utf-8", "replace"))
            else:
                try:
                    input_text = compact(await parsed_json(body))
                except ValueError as error:
                    return message(400, f"Could not parse JSON content: {json_complaint(body, error)}")
        operation = self.arguments.string("op")
        return await self.accepted(lambda: self.engine.signal_entity(name, key, operation, input_text))

    async def delete(self, name: str, key: str) -> Reply:
        """Send the operation `delete`."""
        return await self.accepted(lambda: self.engine.signal_entity(name, key, "delete", '""'))
