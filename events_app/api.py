"""/api/events: the event log for programs that ask instead of listening."""

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from access_app.views import ApiView, whole_number
from events_app import log
from events_app.log import Entry
from events_app.waiting import WAIT_AT_MOST_S, Wait, wait_for
from sessions_app.rights import Rights

LIMIT, AT_MOST = 200, 1000
SEQ_AT_MOST = 2**63 - 1


class Events(ApiView):
    def get(self, request: Request) -> Response:
        project_id = Rights(self.actor).project_id
        after = whole_number(request, "after", 0, at_most=SEQ_AT_MOST, at_least=0)
        limit = whole_number(request, "limit", LIMIT, at_most=AT_MOST)
        wait_s = whole_number(request, "wait", 0, at_most=WAIT_AT_MOST_S, at_least=0)
        if self._is_out_of_reach(after):
            return Response(
                {"events": [], "next": log.newest_seq(), "epoch": log.epoch(), "resync": True}
            )
        read = log.entries_after(after, limit=limit)
        seen = [entry for entry in read if _may_see(entry, project_id)]
        response = Response(_page(seen, next_seq=read[-1].seq if read else after))
        if not seen and wait_s:
            wait_for(response, Wait(wait_s, lambda entry: _may_see(entry, project_id)))
        return response

    def _is_out_of_reach(self, after: int) -> bool:
        """Older than the log, or from another index: a reader starts anew from `next`."""
        if self.request.query_params.get("epoch", log.epoch()) != log.epoch():
            return True
        return after > 0 and not log.reaches(after)


def _may_see(entry: Entry, project_id: str | None) -> bool:
    """A session sees its own project only."""
    return project_id is None or entry.project_id == project_id


def _page(entries: list[Entry], *, next_seq: int) -> dict[str, Any]:
    return {"events": [entry.fields() for entry in entries], "next": next_seq, "epoch": log.epoch()}
