"""Docstrings and comments."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator

from scripts.style.sources import Source

_QUESTION = re.compile(r"(What|Whether|How|Who)\b")
_DIRECTIVE = re.compile(r"#\s*(noqa|type:|fmt:|ruff:|pyright:|pragma:|!)")
_RULE_LINE = re.compile(r"#\s*[-=#]{3,}")
_PRIVATE_WORDS = re.compile(r"\b(told|stands|lest|whoever|of its own|as things are|as things stand)\b", re.IGNORECASE)
Documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def docstrings(source: Source) -> Iterator[str]:
    """Yield the docstrings of the module, its classes, its functions and its attributes."""
    return (text for _, text in located_docstrings(source))


def located_docstrings(source: Source) -> Iterator[tuple[int, str]]:
    """Yield the same with the line on which each begins."""
    for node in source.nodes:
        if isinstance(node, Documented) and node.body:
            yield from _text_of(node.body[0])
        if isinstance(node, ast.Module | ast.ClassDef):
            yield from _attribute_docstrings(node)


def _attribute_docstrings(node: ast.Module | ast.ClassDef) -> Iterator[tuple[int, str]]:
    for statement, following in zip(node.body, node.body[1:], strict=False):
        if isinstance(statement, ast.Assign | ast.AnnAssign):
            yield from _text_of(following)


def _text_of(statement: ast.stmt) -> Iterator[tuple[int, str]]:
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
    return sum(1 for _ in comments(source))


def comments(source: Source) -> Iterator[tuple[int, str]]:
    """Yield each comment with its line; a directive to a tool or a ruled line says nothing and is left out."""
    for token in tokenize.generate_tokens(io.StringIO(source.text).readline):
        text = token.string
        if token.type == tokenize.COMMENT and not _DIRECTIVE.match(text) and not _RULE_LINE.match(text):
            yield token.start[0], text
