"""The endpoints below `orchestrators` and `instances` (recordings `start_api`, `status_api` and others `…_api`)."""

import asyncio
import math
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from functools import partial

from devhost.errors import InstanceExists, InstanceNotFound, InstanceTerminal, WrongState
from devhost.functions.binding import check_status_payload
from devhost.hub.records import TERMINAL, InstanceFilter, InstanceRow
from devhost.logs import log
from devhost.management.api_call import NEXT_PAGE, NOT_FOUND, ApiCall, RefusedCall, done
from devhost.management.history_view import history_events
from devhost.management.instance_view import status_object
from devhost.wire.replies import WRONG_ARGUMENT, failure, message
from devhost.wire.wire import Reply, compact, dump, json_array, json_reply


class InstanceCalls(ApiCall):
    """Starts, reads and controls orchestrations."""

    @property
    def operations(self) -> Mapping[str, Callable[[str], Awaitable[Reply]]]:
        """The operations on one instance, by their names in paths."""
        return {
            "terminate": self.terminate,
            "suspend": self.suspend,
            "resume": self.resume,
            "rewind": self.rewind,
            "restart": self.restart,
        }

    async def start(self, name: str, instance_id: str | None) -> Reply:
        """Start an orchestration, and wait for its end if the query says so."""
        body = self.incoming.body
        text = None
        if body.strip():
            await self.parsed(body)
            # Checked but not rewritten: the real host stores the input's text unchanged.
            text = body.decode("utf-8-sig")
        version = self.arguments.text("version")
        started = self.engine.start_instance(
            name,
            None,
            instance_id,
            version,
            input_text=text,
        )
        return await self._started(await done(started))

    async def restart(self, instance_id: str) -> Reply:
        """Start the instance's orchestration again with its input."""
        new_id = self.arguments.flag("restartWithNewInstanceId", True)
        try:
            started = await done(self.engine.restart(instance_id, new_id))
        except InstanceNotFound as error:
            log.warning("Restart refused: %s", error)
            text = f"No instance with ID '{instance_id}' was found. (Parameter 'instanceId')"
            wrong = "InstanceId does not match a valid orchestration instance."
            return failure(400, wrong, "System.ArgumentException", text)
        except InstanceExists as error:
            log.warning("Restart refused: %s", error)
            text = "A non-terminal instance with this instance ID already exists."
            return failure(409, text, "DurableTask.Core.Exceptions.OrchestrationAlreadyExistsException", str(error))
        return await self._started(started)

    async def _started(self, instance_id: str) -> Reply:
        timeout = self._timeout()
        ended = None if timeout is None else await self._ended(instance_id, timeout)
        if ended is not None:
            if ended.status == "Completed":
                return json_reply(200, ended.output or "null")
            return json_reply(200, status_object(ended, show_input=True))
        payload = check_status_payload(self.endpoints, self.incoming.origin, instance_id)
        headers = [("Location", payload["statusQueryGetUri"]), ("Retry-After", "10")]
        return json_reply(202, dump(payload), headers)

    async def _ended(self, instance_id: str, seconds: float) -> InstanceRow | None:
        """Wait for the instance's end and return it; None after `seconds`, or if the host stops."""
        notified, loop, waiters = asyncio.Event(), asyncio.get_running_loop(), self.engine.end_waiters
        with suppress(TimeoutError), waiters.waiting(instance_id, partial(loop.call_soon_threadsafe, notified.set)):
            async with asyncio.timeout(seconds):
                while not waiters.closed:
                    # Cleared before the read, so that an end after the read is not missed.
                    notified.clear()
                    row = self.engine.get_instance(instance_id)
                    if row is not None and row.status in TERMINAL:
                        return row
                    await notified.wait()
        return None

    async def status(self, instance_id: str) -> Reply:
        """Answer with the instance's status, and its history if the query says so."""
        row = self.engine.get_instance(instance_id)
        if row is None:
            return NOT_FOUND
        show_input = self.arguments.flag("showInput", True)
        history = None
        if self.arguments.flag("showHistory", False) and row.status != "Pending":
            show_output = self.arguments.flag("showHistoryOutput", False)
            history = await asyncio.to_thread(
                lambda: history_events(self.engine.history(instance_id), show_input=show_input, show_output=show_output)
            )
        text = status_object(row, show_input=show_input, history=history)
        if row.status in TERMINAL:
            # This flag works for a status only, not for a start that waits (docs/devhost/behaviour.md, section 2.3).
            failed = row.status == "Failed" and self.arguments.flag("returnInternalServerErrorOnFailure", False)
            return json_reply(500 if failed else 200, text)
        location = self.incoming.origin + self.incoming.target
        return json_reply(202, text, [("Location", location), ("Retry-After", "5")])

    async def list(self) -> Reply:
        """Answer with a page of instances."""
        selection = InstanceFilter(
            self.arguments.time("createdTimeFrom"),
            self.arguments.time("createdTimeTo"),
            self.arguments.statuses(),
            self.arguments.string("instanceIdPrefix"),
        )
        show_input = self.arguments.flag("showInput", True)

        def read() -> tuple[str, str | None]:
            page = self.engine.list_instances(selection, self.arguments.top(), self.incoming.header(NEXT_PAGE))
            return json_array(status_object(row, show_input=show_input) for row in page.rows), page.token

        return self.page(*await asyncio.to_thread(read))

    async def terminate(self, instance_id: str) -> Reply:
        """Terminate the instance."""
        return await self.accepted(lambda: self.engine.terminate(instance_id, self.arguments.text("reason")))

    async def suspend(self, instance_id: str) -> Reply:
        """Suspend the instance."""
        return await self.accepted(lambda: self.engine.suspend(instance_id, self.arguments.text("reason")))

    async def resume(self, instance_id: str) -> Reply:
        """Resume the instance."""
        return await self.accepted(lambda: self.engine.resume(instance_id, self.arguments.text("reason")))

    async def purge(self, instance_id: str) -> Reply:
        """Delete one instance or entity."""
        deleted = await done(self.engine.purge(instance_id))
        return json_reply(200, dump({"instancesDeleted": deleted}))

    async def purge_many(self) -> Reply:
        """Delete the instances of a time range that have ended.

        Unlike on the real host, running ones are never deleted (docs/devhost/behaviour.md, section 12).
        """
        since = self.arguments.time("createdTimeFrom")
        if since is None:
            return json_reply(400, dump("Please provide value for 'createdTimeFrom' parameter."))
        # Statuses of running instances are dropped from the filter, as on the real host.
        statuses = self.arguments.statuses() & TERMINAL
        if self.arguments.text("runtimeStatus") and not statuses:
            text = (
                "Nothing was purged: this host purges only instances that have ended, and runtimeStatus names none of "
                "Completed, Failed, Canceled and Terminated. The real host would delete every instance of the time "
                "range, running ones too."
            )
            log.warning("Purge refused: %s", text)
            return message(400, text)
        if not statuses:
            log.warning(
                "Purging instances that have ended only; without runtimeStatus the real host would delete running "
                "ones of the time range too"
            )
        selection = InstanceFilter(since, self.arguments.time("createdTimeTo"), statuses or TERMINAL)
        deleted = await done(self.engine.purge_many(selection))
        return json_reply(200, dump({"instancesDeleted": deleted})) if deleted else NOT_FOUND

    async def raise_event(self, instance_id: str, event: str) -> Reply:
        """Raise an external event with the body as its payload."""
        row = self.engine.get_instance(instance_id)
        if row is None:
            raise InstanceNotFound(instance_id)
        if row.status in TERMINAL:
            raise InstanceTerminal(instance_id, row.status)
        if (self.media_type() or "") != "application/json":
            return message(400, "Only application/json request content is supported")
        value = await self.parsed(self.incoming.body)
        return await self.accepted(lambda: self.engine.raise_event(instance_id, event, compact(value)))

    async def rewind(self, instance_id: str) -> Reply:
        """Rewind a failed instance."""
        try:
            return await self.accepted(lambda: self.engine.rewind(instance_id, self.arguments.text("reason")))
        except InstanceNotFound as error:
            log.warning("Rewind refused: %s", error)
            return json_reply(404, dump(f'No orchestration with instance ID "${instance_id}" found.'))
        except (WrongState, InstanceTerminal) as error:
            log.warning("Rewind refused: %s", error)
            return json_reply(412, dump(str(error)))

    def _timeout(self) -> float | None:
        """Return `timeout` in seconds, None unless `pollingInterval` is there too. Raises RefusedCall.

        The interval itself is not used: this host is notified of the end and does not poll.
        """
        timeout, interval = self.arguments.seconds("timeout"), self.arguments.seconds("pollingInterval")
        if timeout is None or interval is None:
            return None
        if math.isnan(timeout + interval) or math.isinf(timeout + interval) or interval < 0:
            text = "timeout and pollingInterval must be finite numbers of seconds, and not negative"
            raise RefusedCall(failure(400, WRONG_ARGUMENT, "System.ArgumentException", text))
        if interval > timeout:
            raise RefusedCall(
                message(400, f"Total timeout {timeout:g} should be bigger than retry timeout {interval:g}")
            )
        return timeout
