"""Docstrings and comments."""

import ast
import io
import re
import tokenize
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from scripts.style.sources import Source

_QUESTION = re.compile(r"(What|Whether|How|Who)\b")
_DIRECTIVE_OR_RULE = re.compile(r"#\s*(noqa|type:|fmt:|ruff:|pyright:|pragma:|!|[-=#]{3,})")
_PRIVATE_WORDS = re.compile(r"\b(told|stands|lest|whoever|of its own|as things are|as things stand)\b", re.IGNORECASE)
Documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def docstrings(source: Source) -> Iterator[str]:
    """Yield the docstrings of the module, its classes, its functions and its attributes."""
    return (text for _, text in located_docstrings(source))


def located_docstrings(source: Source) -> Iterator[tuple[int, str]]:
    """Yield the same with the line on which each begins."""
    for node in source.nodes:
        if isinstance(node, Documented):
            # A slice, because the body of an empty module has no first statement.
            yield from _texts_of(node.body[:1])
        if isinstance(node, ast.Module | ast.ClassDef):
            yield from _texts_of(_below_attributes(node.body))


def _below_attributes(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield the statements that follow an assignment, where the docstring of an attribute is."""
    for statement, following in pairwise(body):
        if isinstance(statement, ast.Assign | ast.AnnAssign):
            yield following


def _texts_of(statements: Iterable[ast.stmt]) -> Iterator[tuple[int, str]]:
    for statement in statements:
        match statement:
            case ast.Expr(value=ast.Constant(value=str() as text)):
                yield statement.lineno, text
            case _:
                pass


def opens_with_a_question(docstring: str) -> bool:
    """Return whether the docstring opens with What, Whether, How or Who."""
    return bool(_QUESTION.match(docstring.lstrip()))


def has_private_words(docstring: str) -> bool:
    """Return whether the docstring uses a phrase of which only its author knows the meaning."""
    return bool(_PRIVATE_WORDS.search(docstring))


def comment_lines(source: Source) -> int:
    """Count the lines with a comment."""
    return len(list(comments(source)))


def comments(source: Source) -> Iterator[tuple[int, str]]:
    """Yield each comment with its line; a directive to a tool or a ruled line says nothing and is left out."""
    # Only the tokenizer knows a comment from a string that has the same sign in it.
    for token in tokenize.generate_tokens(io.StringIO(source.text).readline):
        if token.type == tokenize.COMMENT and not _DIRECTIVE_OR_RULE.match(token.string):
            yield token.start[0], token.string
