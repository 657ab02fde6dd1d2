"""The rows of an orchestration: order, links, and what folds by itself."""

from sessions_app.row_types import SegmentKind
from sessions_app.tests.row_documents import START, at, session
from sessions_app.tests.tree_documents import (
    big_orchestration,
    deep_orchestration,
    live_orchestration,
    node,
    parent_document,
    seed_orchestration,
    worker_document,
)
from sessions_app.tree_rows import SessionNode, TreeRows, build_tree_rows


def rows_of(
    root: SessionNode,
    *,
    now: float = 200,
    unfolded: tuple[str, ...] = (),
    folded: tuple[str, ...] = (),
) -> TreeRows:
    return build_tree_rows(root, now_ms=at(now), unfolded=unfolded, folded=folded)


def ids(tree: TreeRows) -> list[str]:
    return [group.session_id for group in tree.groups]


def folded_ids(tree: TreeRows) -> set[str]:
    return {group.session_id for group in tree.groups if group.folded}


def seconds(value: int) -> float:
    return (value - START) / 1000


class TestTheSeedsOrchestration:
    def test_the_parent_stands_above_its_children_in_order_of_spawning(self) -> None:
        tree = rows_of(seed_orchestration())
        assert ids(tree) == ["ses_orch", "ses_w1", "ses_w2", "ses_w3"]
        assert [group.depth for group in tree.groups] == [0, 1, 1, 1]
        assert [group.name for group in tree.groups][:2] == ["Orchestrator", "Backend Worker"]

    def test_children_are_linked_to_the_moment_of_their_creation(self) -> None:
        links = rows_of(seed_orchestration()).spawns
        assert [(link.parent_id, link.child_id, seconds(link.at_ms)) for link in links] == [
            ("ses_orch", "ses_w1", 15),
            ("ses_orch", "ses_w2", 17),
            ("ses_orch", "ses_w3", 19),
        ]

    def test_ends_are_linked_to_the_progress_that_counts_them(self) -> None:
        links = rows_of(seed_orchestration()).ends
        assert [(link.child_id, seconds(link.counted_ms)) for link in links] == [
            ("ses_w1", 58),
            ("ses_w2", 75),
            ("ses_w3", 82),
        ]
        assert len({link.event_id for link in links}) == 3

    def test_each_group_has_the_rows_of_its_session(self) -> None:
        parent, first, *_ = rows_of(seed_orchestration()).groups
        assert [phase.name for phase in parent.rows.lifecycle.phases] == [
            "Planning",
            "Spawning",
            "Monitor Workers",
        ]
        assert [task.title for task in first.rows.tasks] == ["Login API", "Token rotation"]
        assert first.rows.lifecycle.segments[0].kind is SegmentKind.SPAWNING

    def test_the_span_ends_with_the_last_session(self) -> None:
        span = rows_of(seed_orchestration()).span
        assert (seconds(span.start_ms), seconds(span.end_ms or 0)) == (0, 85)


def test_a_tree_with_a_live_session_is_live() -> None:
    done_above = parent_document([], ends=30)
    live = worker_document(("ses_1", "A"), spawned=10, tasks=[("tsk_1", 12, None)], ends=None)
    assert rows_of(node(done_above, node(live))).span.live


def test_a_live_tree_links_only_the_ends_that_were() -> None:
    tree = rows_of(live_orchestration(), now=78)
    assert [link.child_id for link in tree.ends] == ["ses_w1", "ses_w2"]
    assert [g.session_id for g in tree.groups if g.rows.waiting] == ["ses_w4"]
    assert ids(tree).index("ses_sub") == ids(tree).index("ses_w2") + 1


def test_a_progress_that_names_no_child_of_its_session_links_nothing() -> None:
    parent = parent_document([], ends=None)
    metadata = {"childSessionId": "ses_other", "done": 1, "total": 1}
    parent["timeline"].append({"id": "x", "type": "progress", "metadata": metadata})
    child = worker_document(("ses_1", "A"), spawned=10, tasks=[("tsk_1", 12, 20)], ends=21)
    assert rows_of(node(parent, node(child))).ends == ()


def test_a_session_that_comes_up_twice_has_one_group() -> None:
    child = node(session(id="ses_1"))
    assert ids(rows_of(node(session(id="ses_0"), child, child))) == ["ses_0", "ses_1"]


class TestFolding:
    def test_twelve_sessions_stay_open(self) -> None:
        assert folded_ids(rows_of(big_orchestration(12), now=2000)) == set()

    def test_finished_children_fold_above_twelve_sessions(self) -> None:
        tree = rows_of(big_orchestration(13, events=2), now=2000)
        assert "ses_0" in folded_ids(tree)
        assert "ses_orch" not in folded_ids(tree)

    def test_live_waiting_and_failed_ones_never_fold_by_themselves(self) -> None:
        tree = rows_of(big_orchestration(), now=4400)
        open_groups = [group for group in tree.groups if not group.folded]
        assert {f"ses_{number}" for number in (17, 49, 57, 97, 99, 137, 149)} <= {
            group.session_id for group in open_groups
        }
        assert all(g.rows.span.live or g.rows.status == "failed" for g in open_groups)

    def test_what_is_finished_below_a_folded_session_is_counted_in_it(self) -> None:
        tree = rows_of(big_orchestration(), now=4400)
        assert sum(1 + group.inside for group in tree.groups) == tree.sessions == 200
        above = next(group for group in tree.groups if group.session_id == "ses_2")
        assert (above.inside, above.events) == (1, 2 * (30 + 4))

    def test_what_failed_below_a_folded_session_keeps_its_own_group(self) -> None:
        tree = rows_of(deep_orchestration(), now=78, folded=("ses_1",))
        assert ids(tree) == ["ses_orch", "ses_1", "ses_2", "ses_3"]
        assert folded_ids(tree) == {"ses_1"}

    def test_links_lead_to_the_session_that_stands_for_a_folded_one(self) -> None:
        root = deep_orchestration()
        middle = root.children[0].children[0]
        done = dict(middle.document) | {"status": "completed"}
        failed = dict(middle.children[0].document) | {"status": "failed"}
        lead = root.children[0]
        tree = rows_of(
            node(dict(root.document), node(dict(lead.document), node(done, node(failed)))),
            now=78,
            folded=("ses_1",),
        )
        assert ids(tree) == ["ses_orch", "ses_1", "ses_3"]
        assert [(s.parent_id, s.child_id) for s in tree.spawns][-1] == ("ses_1", "ses_3")

    def test_a_person_decides_first(self) -> None:
        tree = rows_of(
            big_orchestration(), now=4400, unfolded=("ses_2", "ses_3"), folded=("ses_49",)
        )
        assert not {"ses_2", "ses_3"} & folded_ids(tree)
        assert {"ses_2", "ses_3"} <= set(ids(tree))
        assert "ses_49" in folded_ids(tree)


def test_odd_documents_become_rows() -> None:
    odd = node({"id": 5, "name": None, "timeline": "no", "createdAt": "soon"}, node({}))
    tree = rows_of(odd)
    assert len(tree.groups) == 1
