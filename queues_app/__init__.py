"""Queues: a session's tasks, handed out one after the other, each exactly once an attempt."""
