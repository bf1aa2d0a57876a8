"""`./scripts/deploy` checks the settings before it uploads anything."""

import json
import os
import sys
from pathlib import Path
from typing import NoReturn

import pytest

from tools import deploy
from tools.check_settings import check_settings
from tools.console import CommandError
from tools.paths import REPO

KEY = "first-key-4c9f1e7a"


def check(folder: Path, config: str, *arguments: str) -> None:
    Path(folder, "wrangler.toml").write_text(config)
    check_settings(arguments, folder)


def error_report(folder: Path, config: str, *arguments: str) -> str:
    with pytest.raises(CommandError) as caught:
        check(folder, config, *arguments)
    return caught.value.sentence


def test_the_settings_of_this_checkout_can_be_deployed() -> None:
    check_settings([], REPO)


def test_valid_settings_are_accepted(tmp_path: Path) -> None:
    config = """
        [vars]
        BUDGET_USD_PER_DAY = 5
        LOG_PROMPTS = true
        CUSTOM_CHANNEL_1_ID = "home"
        CUSTOM_CHANNEL_1_URL = "https://ai.example.com/v1"
        CUSTOM_CHANNEL_1_AUTH_TYPE = "none"
        SOMETHING_ELSE = { of = "somebody's" }
    """
    check(tmp_path, config, "--minify", "--var", "CALL_TIMEOUT_SECONDS:20", "--dry-run")


@pytest.mark.parametrize(
    ("config", "arguments"),
    [
        ('vars = { CALL_TIMEOUT_SECONDS = "soon" }', []),
        ("vars = { CALL_TIMEOUT_SECONDS = -1 }", []),
        ("vars = { CALL_TIMEOUT_SECONDS = [20] }", []),
        ("[env.test.vars]\nCALL_TIMEOUT_SECONDS = 0", ["--env", "test"]),
        ("[env.test.vars]\nCALL_TIMEOUT_SECONDS = 0", ["--env=test"]),
        ("[env.test.vars]\nCALL_TIMEOUT_SECONDS = 0", ["-e", "test"]),
        ("", ["--var", "CALL_TIMEOUT_SECONDS:soon"]),
        ("", ["--var=CALL_TIMEOUT_SECONDS:soon"]),
        ("", ["--var", "LOG_PROMPTS:true", "CALL_TIMEOUT_SECONDS:soon"]),
        ("vars = { CALL_TIMEOUT_SECONDS = 20 }", ["--var", "CALL_TIMEOUT_SECONDS:soon"]),
    ],
)
def test_an_invalid_setting_is_named(tmp_path: Path, config: str, arguments: list[str]) -> None:
    sentence = error_report(tmp_path, config, *arguments)
    assert "The setting CALL_TIMEOUT_SECONDS must be" in sentence
    assert "soon" not in sentence


def test_an_environment_has_only_its_own_variables(tmp_path: Path) -> None:
    config = "vars = { LOG_PROMPTS = 7 }\n[env.test.vars]\nLOG_PROMPTS = true"
    check(tmp_path, config, "--env", "test")
    assert "LOG_PROMPTS" in error_report(tmp_path, config)


def test_the_environment_may_come_from_the_shell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLOUDFLARE_ENV", "test")
    assert "LOG_PROMPTS" in error_report(tmp_path, "[env.test.vars]\nLOG_PROMPTS = 7")


def test_another_configuration_file_may_be_named(tmp_path: Path) -> None:
    (tmp_path / "other.toml").write_text("vars = { LOG_PROMPTS = 7 }")
    assert "LOG_PROMPTS" in error_report(tmp_path, "", "--config", "other.toml")


def test_broken_toml_is_an_error(tmp_path: Path) -> None:
    assert "wrangler.toml is not valid TOML" in error_report(tmp_path, "vars = {")


def test_incomplete_flags_are_left_to_wrangler(tmp_path: Path) -> None:
    check(tmp_path, "", "--var", "--secrets-file", "--env", "--config")


# --- Names


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("BUDGET_USD_PER_DY", "BUDGET_USD_PER_DAY"),
        ("BUDGTE_IMAGES_PERDAY", "BUDGET_IMAGES_PER_DAY"),
        ("DEFAULT_MODELS", "DEFAULT_MODEL"),
        ("log_prompts", "LOG_PROMPTS"),
        ("EASEL_API_KEY", "EASEL_API_KEYS"),
        ("HF_TOKENS", "HF_TOKEN"),
        ("CUSTOM_CHANNEL_1_BASEURL", None),
        ("CUSTOM_CHANNEL_1_TOKEN", "CUSTOM_CHANNEL_1_TOKENS"),
        ("XAI_BASE_URL", None),
        ("ENVIRONMENT", None),
    ],
)
def test_a_misspelt_setting_is_not_deployed(tmp_path: Path, name: str, meant: str | None) -> None:
    config = f'vars = {{ {name} = "1" }}'
    if meant is None:
        check(tmp_path, config)
    else:
        assert f"no setting {name}. Did you mean {meant}?" in error_report(tmp_path, config)


# --- Secrets


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("EASEL_API_KEYS", KEY),
        ("WEBHOOK_SECRET", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
        ("TOGETHER_BEARER_TOKEN", "tgp_1"),
        ("CUSTOM_CHANNEL_20_KEY", "token"),
        (
            "CUSTOM_CHANNELS_JSON",
            json.dumps(
                {"channels": [{"id": "a", "baseUrl": "https://a.example", "tokens": ["token"]}]}
            ),
        ),
    ],
)
def test_a_secret_may_not_be_a_variable(tmp_path: Path, name: str, value: str) -> None:
    for config, arguments in ((f"vars = {{ {name} = '{value}' }}", []), ("", [f"{name}:{value}"])):
        sentence = error_report(tmp_path, config, *(["--var", *arguments] if arguments else []))
        assert f"npx wrangler secret put {name}" in sentence
        assert value not in sentence
    (tmp_path / "secrets").write_text(json.dumps({name: value}))
    check(tmp_path, "", "--secrets-file", "secrets")


@pytest.mark.parametrize(
    "content",
    [
        '{"HF_TOKEN": "hf_1", "EASEL_API_KEYS": "short"}',
        "EASEL_API_KEYS=short # not long",
        "# keys\nHF_TOKEN=hf_1\nexport EASEL_API_KEYS = 'short'\n",
        'EASEL_API_KEYS="line\\nbreak-in-a-key"',
        'EASEL_API_KEYS="line\nbreak-in-a-key"',
        "EASEL_API_KEYS: changemechangeme",
    ],
)
def test_an_invalid_secret_in_a_file_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "secrets").write_text(content)
    sentence = error_report(tmp_path, "", "--secrets-file", "secrets")
    assert "The setting EASEL_API_KEYS, entry 1: the key" in sentence


@pytest.mark.parametrize(
    "content",
    [
        json.dumps({"EASEL_API_KEYS": KEY, "WEBHOOK_SECRET": None}),
        f"EASEL_API_KEYS='{KEY}'\n",
        f'EASEL_API_KEYS=\'[{{"name": "alice", "key": "{KEY}"}}]\'\n',
        "EASEL_API_KEYS=$KEYS",
    ],
)
def test_valid_secrets_in_a_file_are_accepted(tmp_path: Path, content: str) -> None:
    (tmp_path / "secrets").write_text(content)
    check(tmp_path, "", "--secrets-file", "secrets")


def test_a_missing_secrets_file_is_named(tmp_path: Path) -> None:
    assert "nowhere.json" in error_report(tmp_path, "", "--secrets-file", "nowhere.json")


# --- The command


class DeployedError(Exception):
    """Raised in place of the process that would replace this one."""


@pytest.fixture
def deployed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[list[str]]:
    """The wrangler command lines that `./scripts/deploy` would have executed."""
    lines: list[list[str]] = []

    def become(_program: object, line: list[str], _environment: object) -> NoReturn:
        lines.append(line)
        raise DeployedError

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(deploy, "prepare", lambda bundle: None)  # noqa: ARG005
    monkeypatch.setattr(os, "execve", become)
    return lines


def test_wrangler_is_run_with_the_same_flags(
    deployed: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["deploy", "--dry-run", "--var", "LOG_PROMPTS:true"])
    with pytest.raises(DeployedError):
        deploy.main()
    assert deployed == [["wrangler", "deploy", "--dry-run", "--var", "LOG_PROMPTS:true"]]


def test_wrangler_is_not_run_with_an_invalid_setting(
    deployed: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["deploy", "--var", "LOG_PROMPTS:maybe"])
    with pytest.raises(CommandError, match="The setting LOG_PROMPTS must be"):
        deploy.main()
    assert deployed == []
