"""The list of problem codes as a page, to which the `type` of each problem leads. `docs/problems.md` is its copy."""

from domain.problems import PROBLEMS, ProblemKind

PROBLEMS_PATH = "/api/problems"

_INTRODUCTION = """# Problems

Every error of the API is a problem (RFC 9457): a body of `application/problem+json` with `type`, `title`, `status`,
`detail` and `code`. A code never changes its meaning. `detail` is written for people: it gives the cause, what happened
to the money and the next step. The `type` is the address of the section below, as `GET /api/problems` answers it.

A request may be sent again under its `Idempotency-Key` after any problem: it is carried out at most once.
"""


def page() -> str:
    """Return the page in Markdown: one section for each code, in order of status and code."""
    kinds = sorted(PROBLEMS.values(), key=lambda kind: (kind.status, kind.code))
    sections = map(_section, kinds)
    return "\n".join([_INTRODUCTION, *sections])


def _section(kind: ProblemKind) -> str:
    money = kind.money or "the detail says what happened to it, where the request was to change something."
    return f"## {kind.code}\n\n**{kind.status}** {kind.title}.\n\n- Money: {money}\n- Next: {kind.next_step}\n"


def type_of(code: str) -> str:
    """Return the `type` of problems with this code: the address of its section."""
    return f"{PROBLEMS_PATH}#{code}"
