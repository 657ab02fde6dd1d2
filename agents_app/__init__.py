"""Agents: spawn, manifests, launcher, the host process each runs under, terminals, hooks."""
