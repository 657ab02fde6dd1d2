"""What a client hears, by what it said."""

from typing import Any

import pytest

from events_app.log import EVENT_TYPES, Entry
from events_app.subscriptions import BadSubscription, Subscription, subscription_from


def entry(event_type: str = "session:timeline", **ids: Any) -> Entry:
    places = {"project_id": "prj_1", "session_id": None, "task_id": None, "payload": {}, **ids}
    return Entry(seq=1, at=1, type=event_type, **places)


@pytest.mark.parametrize(
    ("said", "heard", "unheard"),
    [
        ({}, [entry(), entry(project_id="prj_2"), entry("storage:problem", project_id=None)], []),
        ({"projectId": "prj_1"}, [entry()], [entry(project_id="prj_2"), entry(project_id=None)]),
        ({"sessionIds": ["ses_1"]}, [entry(session_id="ses_1")], [entry(session_id="ses_2")]),
        (
            {"sessionIds": ["ses_1"], "taskIds": ["tsk_1"]},
            [entry(session_id="ses_1"), entry(task_id="tsk_1")],
            [entry(session_id="ses_2", task_id="tsk_2"), entry()],
        ),
        (
            {"projectId": "prj_2", "taskIds": ["tsk_1"]},
            [entry(project_id="prj_2", task_id="tsk_1")],
            [entry(task_id="tsk_1")],
        ),
        ({"tree": "ses_1"}, [entry(session_id="ses_1")], [entry(session_id="ses_2")]),
    ],
)
def test_an_entry_is_heard_where_it_fits_the_subscription(
    said: dict[str, Any], heard: list[Entry], unheard: list[Entry]
) -> None:
    subscription = subscription_from(said)
    assert all(map(subscription.wants, heard))
    assert not any(map(subscription.wants, unheard))


def test_a_client_that_says_nothing_hears_only_names_that_the_seed_has() -> None:
    silent = Subscription(silent=True)
    unheard = {name for name in EVENT_TYPES if not silent.wants(entry(name))}
    assert unheard == {"launcher:updated", "storage:problem"}


def test_a_tree_grows_by_what_is_spawned_in_it() -> None:
    tree = subscription_from({"tree": "ses_1"})
    spawned = entry("session:spawn", session_id="ses_2", payload={"parentSessionId": "ses_1"})
    below = entry("session:created", session_id="ses_3", payload={"parentSessionId": "ses_2"})
    foreign = entry("session:created", session_id="ses_4", payload={"parentSessionId": "ses_9"})
    for happened in (spawned, below, foreign):
        tree = tree.after(happened)
    assert [tree.wants(one) for one in (spawned, below, foreign)] == [True, True, False]


@pytest.mark.parametrize(
    "said",
    [
        {"format": "short"},
        {"after": "7"},
        {"after": True},
        {"after": 1.5},
        {"epoch": 7},
        {"projectId": 7},
        {"tree": ["ses_1"]},
        {"sessionIds": "ses_1"},
        {"taskIds": [7]},
    ],
)
def test_what_is_no_subscription_is_refused(said: dict[str, Any]) -> None:
    with pytest.raises(BadSubscription, match=r"."):
        subscription_from(said)
