"""The shape of errors."""

from core.errors import BadInput, Conflict, MaestroError


def test_an_error_has_one_shape() -> None:
    assert Conflict("Do this.", {"a": 1}).as_json() == {
        "error": True,
        "code": "conflict",
        "message": "Do this.",
        "details": {"a": 1},
    }


def test_bad_input_names_every_field_and_says_the_first_problem_of_each() -> None:
    error = BadInput({"name": ["Say one."], "items": {0: {"id": ["Not an id."]}}})
    assert error.status == 400
    assert error.message == "name: Say one. items: Not an id."
    assert set(error.details) == {"name", "items"}


def test_codes_are_unique() -> None:
    found: dict[str, type[MaestroError]] = {}
    to_visit = list(MaestroError.__subclasses__())
    while to_visit:
        error = to_visit.pop()
        to_visit += error.__subclasses__()
        if "code" in vars(error):
            assert error.code not in found, (error, found.get(error.code))
            found[error.code] = error
