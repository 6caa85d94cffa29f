"""The JSON protocol between the host and the SDK."""

import os
from importlib import import_module
from pathlib import Path

# The SDK parses the working directory's host.json while it is imported, with Python's strict parser, and a broken one
# would end this host in a traceback before it can name the error. This folder has none.
_before = Path.cwd()
os.chdir(Path(__file__).parent)
try:
    import_module("azure.durable_functions")
finally:
    os.chdir(_before)
