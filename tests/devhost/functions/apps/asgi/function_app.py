"""A function app around an ASGI app that tells what it was asked."""

import json

import azure.functions as func


async def site(scope, receive, send):
    if scope["type"] == "lifespan":
        await receive()
        await send({"type": "lifespan.startup.complete"})
        return
    body = (await receive())["body"]
    asked = {
        "path": scope["path"],
        "query": scope["query_string"].decode(),
        "body": body.decode(),
        "method": scope["method"],
    }
    headers = [(b"content-type", b"application/json"), (b"x-asgi", b"yes")]
    await send({"type": "http.response.start", "status": 202, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps(asked).encode()})


app = func.AsgiFunctionApp(app=site, http_auth_level=func.AuthLevel.ANONYMOUS)
