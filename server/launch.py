"""The plugin's MCP server as a client starts it: the doorman, standard library only, Python 3.9 or later."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from doorman.main import main

if __name__ == "__main__":
    sys.exit(main())
