"""A value as the JSON body of a response."""

import json

import azure.functions as func

from domain.value import Value


def json_response(value: Value, status: int = 200) -> func.HttpResponse:
    text = json.dumps(value.model_dump(mode="json"), ensure_ascii=False)
    return func.HttpResponse(text, status_code=status, mimetype="application/json")
