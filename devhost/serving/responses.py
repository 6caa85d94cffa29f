"""Responses of aiohttp for the replies of a site; large ones take no memory while slow clients read them."""

from email.utils import formatdate
from pathlib import Path
from tempfile import TemporaryFile

from aiohttp import web
from multidict import CIMultiDict

from devhost.wire.wire import Reply

# Bytes. A reply above the first waits in a file, of which a client is sent the second at a time.
_LARGE = 256 * 1024
_PART = 64 * 1024


async def respond(request: web.BaseRequest, reply: Reply, folder: Path | None = None) -> web.StreamResponse:
    """Send the reply, with date and server first, as the real host does.

    A large body waits in a file of `folder` (that of the system by default), so that it can be forgotten here.
    """
    headers = CIMultiDict([("Date", formatdate(usegmt=True)), ("Server", "devhost"), *reply.headers])
    if len(reply.body) < _LARGE or request.method == "HEAD":
        return web.Response(status=reply.status, headers=headers, body=reply.body)
    response = web.StreamResponse(status=reply.status, headers=headers)
    response.content_length = len(reply.body)
    with TemporaryFile(dir=folder) as file:
        # Written on this thread: bodies that waited for another one would all be in memory meanwhile.
        file.write(reply.body)
        file.seek(0)
        del reply
        await response.prepare(request)
        while part := file.read(_PART):
            # Waits until the client has read enough of what was sent before.
            await response.write(part)
    await response.write_eof()
    return response
