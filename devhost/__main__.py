"""The entry point of `python -m devhost`."""

import os
import sys

# `-m` puts the current folder first on the module path. Its modules would be taken for packages that are installed: the
# SDK, for one, imports `agents`. This package is found without it from here on.
if sys.path[0] == os.getcwd():
    del sys.path[0]

from devhost.cli import main

sys.exit(main())
