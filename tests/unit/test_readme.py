from tools.readme import README, with_tables


def test_the_tables_are_what_the_code_declares() -> None:
    text = README.read_text("utf-8")
    assert with_tables(text) == text, "run: PYTHONPATH=scripts .venv/bin/python -m tools.readme"
