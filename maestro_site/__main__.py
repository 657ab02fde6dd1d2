"""`maestro-server`: serves, or runs the management command that is named; manage.py does so too."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "maestro_site.settings")
    from django.core.management import execute_from_command_line

    program, *words = sys.argv
    # By itself it is the server: `maestro-server --port 8001`.
    if not words or (words[0].startswith("--") and words[0] not in ("--help", "--version")):
        words.insert(0, "serve")
    execute_from_command_line([program, *words])


if __name__ == "__main__":
    main()
