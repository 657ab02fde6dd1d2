"""`python -m maestro_cli`, the same as `maestro`."""

import sys

from maestro_cli.main import main

sys.exit(main())
