"""Route templates match as ASP.NET Core's do."""

import pytest

from devhost.functions.routes import Route, RouteError

FOUND = [
    ("api/ping", "/API/Ping", {}),
    ("api/ping", "/api/ping/", {}),
    ("", "/", {}),
    ("a/{x:int?}", "/a", {}),
    ("a/{x:int?}", "/a/5", {"x": "5"}),
    ("a/{x=7}", "/a", {"x": "7"}),
    ("a/{x=7}", "/a/8", {"x": "8"}),
    ("{*rest}", "/", {"rest": ""}),
    ("{**rest}", "/a/b%20c", {"rest": "a/b c"}),
    ("a/{*rest=none}", "/a", {"rest": "none"}),
    ("a/{x}", "/a/%C5%BE%2F", {"x": "ž/"}),
    ("file-{name}.{ext}", "/FILE-a.b.txt", {"name": "a.b", "ext": "txt"}),
    ("a/{x:int:min(3)}/b", "/a/3/b", {"x": "3"}),
    (r"a/{x:regex(^\d{{3}}$)}", "/a/123", {"x": "123"}),
    ("a/{x:regex(^(b|c)$)}", "/a/C", {"x": "C"}),
    ("a/{x:guid}", "/a/0B7C9C1C5F6F4D7C9D9F4F4C8A3E2B10", {"x": "0B7C9C1C5F6F4D7C9D9F4F4C8A3E2B10"}),
    ("a/{x:bool}", "/a/TRUE", {"x": "TRUE"}),
    ("a/{x:datetime}", "/a/2024-01-02", {"x": "2024-01-02"}),
    ("a/{x:decimal}", "/a/1.5", {"x": "1.5"}),
    ("a/{x:double}", "/a/1e3", {"x": "1e3"}),
    ("a/{x:long}", "/a/9223372036854775807", {"x": "9223372036854775807"}),
    ("a/{x:alpha}", "/a/abC", {"x": "abC"}),
    ("a/{x:length(2,3)}", "/a/abc", {"x": "abc"}),
    ("a/{x:length(3)}", "/a/abc", {"x": "abc"}),
    ("a/{x:range(1,5)}", "/a/5", {"x": "5"}),
    ("a/{x:max(5)}", "/a/-5", {"x": "-5"}),
    ("a/{x:required}", "/a/b", {"x": "b"}),
    ("a/{{x}}", "/a/{x}", {}),
]
NOT_FOUND = [
    ("api/ping", "/api/ping/more"),
    ("api/ping", "/api"),
    ("a/{x}", "/a"),
    ("a/{x}", "/a/"),
    ("a/{x:int}", "/a/b"),
    ("a/{x:int}", "/a/2147483648"),
    ("a/{x:int:min(3)}", "/a/2"),
    (r"a/{x:regex(^\d{{3}}$)}", "/a/1234"),
    ("a/{x:guid}", "/a/no"),
    ("a/{x:bool}", "/a/yes"),
    ("a/{x:datetime}", "/a/someday"),
    ("a/{x:decimal}", "/a/1e3"),
    ("a/{x:alpha}", "/a/a1"),
    ("a/{x:minlength(3)}", "/a/ab"),
    ("a/{x:maxlength(3)}", "/a/abcd"),
    ("a/{x:length(3)}", "/a/ab"),
    ("a/{x:range(1,5)}", "/a/6"),
    ("a/{*rest:int}", "/a/b"),
]
BROKEN = [
    "a/{",
    "a/{}",
    "a/{x:nope}",
    "{x?}/a",
    "{*x}/a",
    "{x}/{X}",
    "a/{x:int(}",
    "a/b{*x}",
    "a/{x:min(z)}",
    "{x:regex([)}",
]


@pytest.mark.parametrize(("template", "path", "values"), FOUND)
def test_a_path_that_fits_gives_its_values(template: str, path: str, values: dict[str, str]) -> None:
    assert Route(template).match(path) == values


@pytest.mark.parametrize(("template", "path"), NOT_FOUND)
def test_a_path_that_does_not_fit_is_refused(template: str, path: str) -> None:
    assert Route(template).match(path) is None


@pytest.mark.parametrize("template", BROKEN)
def test_a_template_that_cannot_be_read_is_an_error(template: str) -> None:
    with pytest.raises(RouteError):
        Route(template)
