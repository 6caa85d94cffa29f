"""HTTP responses with a value as their JSON body."""

import json

import azure.functions as func

from domain.value import Value


def json_response(value: Value, status: int = 200) -> func.HttpResponse:
    """Return the response whose body is the value as JSON."""
    text = json.dumps(value.model_dump(mode="json"), ensure_ascii=False)
    return func.HttpResponse(text, status_code=status, mimetype="application/json")
