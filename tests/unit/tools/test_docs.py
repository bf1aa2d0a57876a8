"""The documentation agrees with the code, and its links lead somewhere."""

import json
import re
from collections import Counter
from pathlib import Path

import pytest

from easel.platform.calls import HttpAnswer, HttpCall
from easel.providers.protocol import Attempt, Provider
from support.steps import run
from tools.docs import TABLES, pages, table_names, with_tables
from tools.paths import REPO

README = REPO / "README.md"
GUIDE = REPO / "src/easel/providers/README.md"
PAGES = [README, GUIDE, REPO / "stand-in/README.md", *pages()]

_FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"!?\[(?:[^\[\]]|\[[^\]]*\])*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#{1,6} (.+)$", re.MULTILINE)


def name_of(page: Path) -> str:
    return str(page.relative_to(REPO))


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_generated_tables_are_fresh(page: Path) -> None:
    text = page.read_text("utf-8")
    assert with_tables(text) == text, "run: PYTHONPATH=scripts .venv/bin/python -m tools.docs"


def test_every_generated_table_appears_once() -> None:
    names = Counter(name for page in pages() for name in table_names(page.read_text("utf-8")))
    assert names == dict.fromkeys(TABLES, 1)


def test_the_readme_stays_short() -> None:
    assert len(README.read_text("utf-8").splitlines()) <= 150


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_relative_links_lead_to_files_and_headings(page: Path) -> None:
    broken = [link for link in links(page) if not leads_somewhere(link, page)]
    assert broken == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_examples_can_be_parsed(page: Path) -> None:
    for language, text in examples(page):
        if language == "json":
            json.loads(text)
        elif language == "python":
            compile(text, page.name, "exec")


def test_every_page_is_linked_from_the_readme() -> None:
    linked = {link.partition("#")[0] for link in links(README)}
    assert {f"docs/{page.name}" for page in pages()} <= linked


def test_every_header_of_easel_is_documented() -> None:
    sources = (REPO / "src/easel").rglob("*.py")
    sent = {header for file in sources for header in headers(file.read_text("utf-8"))}
    assert sent <= headers((REPO / "docs/api.md").read_text("utf-8"))


def test_the_example_of_the_guide_makes_an_image() -> None:
    [example] = [text for language, text in examples(GUIDE) if language == "python"]
    names: dict[str, object] = {}
    exec(example, names)
    provider = names["PROVIDER"]
    assert isinstance(provider, Provider)
    attempt = Attempt("model", "a fox", {"seed": 7}, base_urls=provider.base_urls)
    answers = [
        HttpAnswer(200, {}, {"id": "17"}),
        HttpAnswer(200, {}, {"status": "running"}),
        HttpAnswer(200, {}, {"status": "done", "images": ["https://e.x/1"]}),
    ]
    steps, result = run(provider.generate, attempt, answers)
    url = "https://api.example.com/v1/tasks"
    poll = HttpCall("GET", f"{url}/17", buys=False)
    body = {"model": "model", "prompt": "a fox", "seed": 7}
    assert steps == [HttpCall("POST", url, body=body), poll, poll]
    assert [picture.source for picture in result.pictures] == ["https://e.x/1"]


def examples(page: Path) -> list[tuple[str, str]]:
    """The blocks of code in a page, with their languages."""
    return [(match[2], match[3]) for match in _FENCE.finditer(page.read_text("utf-8"))]


def headers(text: str) -> set[str]:
    return set(re.findall(r"\bx-easel-[a-z-]+[a-z]", text))


def links(page: Path) -> list[str]:
    """The relative links in a page."""
    text = _FENCE.sub("", page.read_text("utf-8"))
    return [link for link in _LINK.findall(text) if not re.match(r"\w+:", link)]


def leads_somewhere(link: str, page: Path) -> bool:
    path, _, anchor = link.partition("#")
    target = page.parent / path if path else page
    return target.exists() and (not anchor or anchor in anchors(target))


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    found: list[str] = []
    for heading in _HEADING.findall(_FENCE.sub("", page.read_text("utf-8"))):
        text = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        found.append(f"{text}-{found.count(text)}" if text in found else text)
    return set(found)
