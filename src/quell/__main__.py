"""``python -m quell`` is the command ``quell``."""

import sys

from quell.cli import main

sys.exit(main())
