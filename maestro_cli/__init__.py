"""The `maestro` command and the agents' profiles: HTTP only, standard library only."""

__version__ = "0.1.0"
