"""The sentences: in both languages, for every code that the layer can raise, with all their parameters."""

from __future__ import annotations

import ast
import re
import string
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import magento_sync
from magento_sync.messages import DUTCH, ENGLISH, SENTENCES, imported, preferred_language, sentence

if TYPE_CHECKING:
    from collections.abc import Iterator

LAYER = Path(magento_sync.__file__).parent
ROOTS = {"ShopError", "Refusal", "ApiError"}
CODE_AT = {"ApiError": 1}
"""The position of the code among the arguments, if it is not the first."""
GIVEN_BY_CLASS = {"Unauthorized": {"permission"}}
"""Parameters that a class takes as a plain second argument."""
TREES = {str(file.relative_to(LAYER)): ast.parse(file.read_text("utf-8")) for file in LAYER.rglob("*.py")}


def error_classes(roots: set[str]) -> set[str]:
    """Returns the names of these classes and of their subclasses."""
    bases = {
        node.name: {base.id for base in node.bases if isinstance(base, ast.Name)}
        for tree in TREES.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    }
    found = set(roots)
    while more := {name for name, above in bases.items() if above & found} - found:
        found |= more
    return found


def raised(roots: set[str]) -> Iterator[tuple[str, str, frozenset[str]]]:
    """Yields the place, code and parameters of each raise. A code passed on is found where it was first raised."""
    classes = error_classes(roots)
    for place, tree in TREES.items():
        for node in ast.walk(tree):
            name = _called(node, classes)
            if name is None or not isinstance(node, ast.Call) or len(node.args) <= (at := CODE_AT.get(name, 0)):
                continue
            code, rest = node.args[at], node.args[at + 1 :]
            if (
                isinstance(code, ast.Constant)
                and isinstance(code.value, str)
                and re.fullmatch(r"[A-Z]+(_[A-Z]+)*", code.value)
            ):
                given = set() if name == "ApiError" else _parameters(rest, GIVEN_BY_CLASS.get(name, set()))
                yield f"{place}:{node.lineno}", code.value, frozenset(given)


def _called(node: ast.AST, classes: set[str]) -> str | None:
    if not isinstance(node, ast.Call):
        return None
    if isinstance(node.func, ast.Name) and (node.func.id in classes or node.func.id == "sentence"):
        return node.func.id
    if isinstance(node.func, ast.Attribute) and node.func.attr == "__init__":
        return "super"
    return None


def _parameters(arguments: list[ast.expr], else_given: set[str]) -> set[str]:
    for argument in arguments:
        if isinstance(argument, ast.Dict):
            return {key.value for key in argument.keys if isinstance(key, ast.Constant) and isinstance(key.value, str)}
    return else_given if arguments else set()


def named(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


RAISED = sorted(raised(ROOTS))


def test_the_search_finds_known_codes_and_parameters() -> None:
    found = {code: given for _, code, given in RAISED}

    assert len(found) > 30
    assert found["PAGE_LIMIT"] == {"max"}
    assert found["CREDENTIALS_REFUSED"] == {"permission"}
    assert found["NO_MATCHING_STORE"] == {"domain", "domains"}
    assert {"BAD_REQUEST", "ALREADY_RUNNING", "INTERNAL_ERROR", "STOPPED"} <= set(found)


@pytest.mark.parametrize(("code", "given"), sorted({(code, given) for _, code, given in RAISED}, key=str))
def test_every_raised_code_has_a_sentence_and_its_parameters(code: str, given: frozenset[str]) -> None:
    for sentences in SENTENCES.values():
        assert code in sentences, [place for place, other, _ in RAISED if other == code]
        assert named(sentences[code]) <= given, [place for place, other, _ in RAISED if other == code]


def test_every_code_has_a_sentence_in_both_languages() -> None:
    assert list(DUTCH) == list(ENGLISH)


@pytest.mark.parametrize("code", DUTCH)
def test_a_sentence_has_the_same_parameters_in_both_languages(code: str) -> None:
    dutch, english = DUTCH[code], ENGLISH[code]

    assert named(dutch) == named(english)
    assert dutch != english
    assert all(text.strip() == text and text for text in (dutch, english))


def test_braces_in_a_parameter_are_not_replaced() -> None:
    assert "{x} {0}" in sentence("DOMAIN_UNUSABLE", "en", {"domain": "{x} {0}"})


def test_a_missing_parameter_raises_an_error() -> None:
    with pytest.raises(KeyError):
        sentence("DOMAIN_UNUSABLE", "en")


@pytest.mark.parametrize("status", [500, 503, 508])
def test_an_error_of_magento_itself_names_magento_s_log(status: int) -> None:
    assert "Magento's log" in sentence("SHOP_ERROR", "en", {"status": status})


@pytest.mark.parametrize("status", [502, 504, 520, 527])
def test_an_error_of_the_server_in_front_of_magento_names_the_hosting_provider(status: int) -> None:
    assert "hosting provider" in sentence("SHOP_ERROR", "en", {"status": status})


@pytest.mark.parametrize(
    ("count", "nl", "en"),
    [
        (0, "0 nieuwe klanten geïmporteerd", "0 new customers imported"),
        (1, "1 nieuwe klant geïmporteerd", "1 new customer imported"),
        (10, "10 nieuwe klanten geïmporteerd", "10 new customers imported"),
    ],
)
def test_the_number_of_new_customers_has_a_singular_and_a_plural(count: int, nl: str, en: str) -> None:
    assert (imported(count), imported(count, "en")) == (nl, en)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, "nl"),
        ("", "nl"),
        ("en", "en"),
        ("EN-us", "en"),
        ("en-GB,en;q=0.9", "en"),
        ("nl,en;q=0.8", "nl"),
        ("nl-BE;q=0.9, en;q=0.8", "nl"),
        ("de, fr;q=0.9", "nl"),
        ("de, en;q=0.5, nl;q=0.3", "en"),
        ("en;q=0.5, nl;q=0.9", "nl"),
        ("nl;q=0.5, en;q=0.9", "en"),
        ("nl; q=0.2 , en-GB; q=0.1, en; q=0.3", "en"),
        ("en;q=0", "nl"),
        ("nl;q=0, en;q=0.001", "en"),
        ("*", "nl"),
        ("*, en", "en"),
        ("en;q=0.5, *", "nl"),
        ("*;q=0.1, en;q=0.5", "en"),
        ("en;q=2, nl", "en"),  # an invalid weight is ignored
        ("nl, en;q=x", "nl"),
        ("en;q=¹", "en"),
        (",;,=", "nl"),
    ],
)
def test_the_language_with_the_highest_weight_is_preferred(header: str | None, expected: str) -> None:
    assert preferred_language(header) == expected
