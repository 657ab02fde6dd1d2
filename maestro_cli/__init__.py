"""The `maestro` command and the agents' profiles: HTTP only, standard library only."""
