"""A board renders once for all, and tells each only what changed since they last looked."""

import asyncio

from dashboard_app.boards import Board, Picture, Piece


class Stage:
    """What a board draws, and how often it did."""

    def __init__(self, *pieces: Piece, again_s: float | None = None) -> None:
        self.pieces, self.again_s = pieces, again_s
        self.newest, self.drawn = 1, 0
        self.board = Board(self.draw, lambda: self.newest)

    def draw(self) -> Picture:
        self.drawn += 1
        return Picture(self.pieces, self.again_s)


async def test_many_who_look_at_one_moment_share_one_rendering() -> None:
    stage = Stage(Piece("a", "<p>1</p>"))
    frames = await asyncio.gather(*(stage.board.frame(1, after=0) for _ in range(20)))
    assert stage.drawn == 1
    assert {frame.html for frame in frames} == {"<p>1</p>"}


async def test_only_what_changed_is_sent_again() -> None:
    stage = Stage(Piece("a", "<p>1</p>"), Piece("b", "<p>2</p>"))
    first = await stage.board.frame(1, after=0)
    stage.newest, stage.pieces = 2, (Piece("a", "<p>1</p>"), Piece("b", "<p>3</p>"))
    second = await stage.board.frame(2, after=first.version)
    assert second.html == "<p>3</p>"
    assert second.seq == 2


async def test_who_comes_late_gets_everything() -> None:
    stage = Stage(Piece("a", "<p>1</p>"), Piece("b", "<p>2</p>"))
    await stage.board.frame(1, after=0)
    assert (await stage.board.frame(1, after=0)).html == "<p>1</p><p>2</p>"
    assert stage.drawn == 1


async def test_a_time_that_counts_on_by_itself_is_no_change() -> None:
    stage = Stage(Piece("a", '<i data-since="7" data-as="ago">1 s ago</i>'))
    first = await stage.board.frame(1, after=0)
    stage.newest = 2
    stage.pieces = (Piece("a", '<i data-since="7" data-as="ago">2 s ago</i>'),)
    assert (await stage.board.frame(2, after=first.version)).html == ""


async def test_a_piece_is_left_out_where_the_one_around_it_is_sent() -> None:
    inner = Piece("in", "<li>1</li>", inside="out")
    stage = Stage(Piece("out", "<ol><li>1</li></ol>", key="in"), inner)
    first = await stage.board.frame(1, after=0)
    assert first.html == "<ol><li>1</li></ol>"

    stage.newest = 2
    changed = Piece("in", "<li>2</li>", inside="out")
    stage.pieces = (Piece("out", "<ol><li>2</li></ol>", key="in"), changed)
    assert (await stage.board.frame(2, after=first.version)).html == "<li>2</li>"


async def test_what_changes_with_time_alone_is_drawn_again_when_it_is_due() -> None:
    stage = Stage(Piece("a", "<p>1</p>"), again_s=0.0)
    first = await stage.board.frame(1, after=0)
    stage.pieces = (Piece("a", "<p>2</p>"),)
    assert (await stage.board.frame(1, after=first.version)).html == "<p>2</p>"
