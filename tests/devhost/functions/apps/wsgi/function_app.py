"""A function app around a WSGI app that tells what it was asked."""

import json

import azure.functions as func


def site(environ, start_response):
    size = int(environ.get("CONTENT_LENGTH") or 0)
    asked = {
        "path": environ["PATH_INFO"],
        "query": environ["QUERY_STRING"],
        "body": environ["wsgi.input"].read(size).decode(),
    }
    start_response("203 Told", [("Content-Type", "application/json")])
    return [json.dumps(asked).encode()]


app = func.WsgiFunctionApp(app=site, http_auth_level=func.AuthLevel.ANONYMOUS)
