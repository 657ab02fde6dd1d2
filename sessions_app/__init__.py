"""Sessions: one run of an agent on tasks, its state machine, and its append-only timeline."""
