"""An app that uses every feature of a Python Durable app, as somebody else would write it."""

from typing import Any

import azure.durable_functions as df
import azure.functions as func
from everything_durable import durable
from everything_http import web

app = df.DFApp(http_auth_level=func.AuthLevel.ANONYMOUS)
app.register_functions(durable)
app.register_functions(web)


@app.timer_trigger(schedule="0 0 3 1 1 *", arg_name="timer", use_monitor=True)
def yearly(timer: func.TimerRequest) -> None:
    status: Any = getattr(timer, "schedule_status")  # noqa: B009 - the SDK sets it and does not declare it
    print("yearly, last", status["Last"], flush=True)


@app.queue_trigger(arg_name="message", queue_name="q", connection="AzureWebJobsStorage")
def from_queue(message: func.QueueMessage) -> None:
    raise AssertionError("not served here")
