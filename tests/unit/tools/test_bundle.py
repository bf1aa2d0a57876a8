"""The builder of the Pyodide bundle notices unexpected changes of Pyodide's code."""

import pytest

from tools.bundle import _REPLACEMENTS, GlueChangedError, adapt_glue

GLUE = "\n".join(pattern for pattern, count, _ in _REPLACEMENTS for _ in range(count))


def test_every_pattern_of_the_glue_is_replaced() -> None:
    adapted = adapt_glue(GLUE)
    assert adapted.startswith("import{")
    for pattern, _, replacement in _REPLACEMENTS:
        assert pattern not in adapted or pattern in replacement
        assert replacement in adapted


@pytest.mark.parametrize("pattern", [pattern for pattern, _, _ in _REPLACEMENTS])
def test_a_missing_or_repeated_pattern_is_an_error(pattern: str) -> None:
    for changed in (GLUE.replace(pattern, "", 1), GLUE + pattern):
        with pytest.raises(GlueChangedError, match=r"pyodide\.asm\.mjs"):
            adapt_glue(changed)
