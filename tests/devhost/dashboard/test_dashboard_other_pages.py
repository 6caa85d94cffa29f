"""A page of another origin in a real browser reaches nothing of the host."""

import threading
from collections.abc import Generator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from support.web.dashboard import API, Desk


@pytest.fixture
def other_origin() -> Generator[str, None, None]:
    """Serve an empty page on another port of this machine, and yield its address."""

    class EmptyPage(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), EmptyPage) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.mark.parametrize("method", ["fetch", "form", "image"])
def test_a_page_of_another_origin_starts_nothing(shared_desk: Desk, other_origin: str, method: str) -> None:
    browser = shared_desk.browser
    address = f"{shared_desk.host.url}{API}/orchestrators/chain/foreign-{method}"
    ways = {
        "fetch": f"fetch('{address}', {{method: 'POST', mode: 'no-cors'}}).finally(done)",
        "form": (
            f"const form = document.createElement('form'); form.action = '{address}'; form.method = 'post';"
            "const frame = document.createElement('iframe'); frame.name = form.target = 'in-a-frame';"
            "frame.onload = () => setTimeout(done); document.body.append(frame, form); form.submit()"
        ),
        "image": (
            "const image = new Image(); image.onload = () => done('shown'); image.onerror = () => done('refused');"
            f"image.src = '{shared_desk.host.url}/devhost/icon.svg'"
        ),
    }
    browser.open(other_origin)
    outcome = browser.driver.execute_async_script(f"const done = arguments[0]; {ways[method]}")
    assert outcome != "shown"
    assert shared_desk.status(f"foreign-{method}") == "none"
    browser.complaints()
    # The same requests of the host's own page are served.
    shared_desk.open("")
    if method == "image":
        assert browser.driver.execute_async_script(f"const done = arguments[0]; {ways['image']}") == "shown"
    else:
        browser.driver.execute_async_script(f"const done = arguments[0]; {ways['fetch']}")
        assert shared_desk.status(f"foreign-{method}") != "none"
        shared_desk.call("DELETE", f"instances/foreign-{method}")
