"""News for the apps above, sent inside the transaction that makes it."""

from django.dispatch import Signal

# session: Session, at_ms: int. The session has just become final.
session_ended = Signal()
# session: Session, added: list[str], removed: list[str]. Its task list has changed.
session_tasks_changed = Signal()
# session_id: str. Its file was removed by hand, and its rows go with it.
session_forgotten = Signal()
