from tools.readme import README, with_tables


def test_the_table_of_models_is_the_catalogues() -> None:
    text = README.read_text("utf-8")
    assert with_tables(text) == text, "run: PYTHONPATH=scripts .venv/bin/python -m tools.readme"
