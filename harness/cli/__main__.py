"""`python -m harness.cli`: as `stimcert`."""

import sys

from harness.cli import main

sys.exit(main())
