"""Routing, CORS and the error boundary."""

import json
import re
from dataclasses import replace

import pytest

from easel.api.router import match_path
from easel.app import ROUTES, handle
from easel.errors import ConfigurationError
from easel.platform.http import Response
from support.services import FakeServices, request, text_of, wait_for

SCHNELL = "@cf/black-forest-labs/flux-1-schnell"


def ask(method: str, path: str, fake: FakeServices | None = None, **headers: str) -> Response:
    http_request = request(
        method, path, headers={k.replace("_", "-"): v for k, v in headers.items()}
    )
    response: Response = wait_for(handle(http_request, (fake or FakeServices()).services()))
    return response


def error_of(response: Response) -> dict[str, object]:
    error: dict[str, object] = json.loads(text_of(response))["error"]
    assert set(error) == {"message", "type", "param", "code"}
    return error


def test_the_health_route_needs_no_credentials() -> None:
    assert json.loads(text_of(ask("GET", "/health")))["status"] == "ok"


def test_each_model_is_listed_once() -> None:
    listed = json.loads(text_of(ask("GET", "/v1/models")))
    assert listed["object"] == "list"
    ids = [model["id"] for model in listed["data"]]
    assert SCHNELL in ids
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize(
    "path", [SCHNELL, SCHNELL.replace("/", "%2F"), SCHNELL.replace("@", "%40")]
)
def test_the_id_of_a_model_may_be_percent_encoded(path: str) -> None:
    model = json.loads(text_of(ask("GET", f"/v1/models/{path}")))
    assert list(model)[:4] == ["id", "object", "created", "owned_by"]
    assert model["id"] == SCHNELL


def test_a_model_is_described_with_its_sizes_images_and_parameters() -> None:
    model = json.loads(text_of(ask("GET", "/v1/models/@cf/black-forest-labs/flux-2-dev")))
    assert model["tasks"] == ["generate", "edit"]
    assert model["sizes"] == {"default": "1024x1024", "min": 256, "max": 1920, "step": 16}
    assert model["images"]["max"] == 4
    assert model["parameters"]["steps"] == {"type": "integer", "min": 1, "max": 50, "default": 25}
    assert model["price"][0] == {"unit": "tile_step", "neurons": 37.5}
    assert "mask" not in model


@pytest.mark.parametrize(
    "path",
    ["/", "/v1", "/v1/", "/v1/models/", "/images/", "/healthy", "/v1/images/generations/", ""],
)
def test_an_unknown_path_is_answered_with_404(path: str) -> None:
    response = ask("GET", path)
    assert (response.status, error_of(response)["code"]) == (404, "not_found")


def test_another_method_is_answered_with_405_and_the_allowed_methods() -> None:
    response = ask("DELETE", "/v1/images/generations")
    assert (response.status, response.headers["allow"]) == (405, "POST, OPTIONS")
    assert error_of(response)["code"] == "method_not_allowed"


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/v1/images/abc", "GET, DELETE, HEAD, OPTIONS"),
        ("/v1/images/abc/rerun", "POST, OPTIONS"),
        ("/v1/images/jobs/abc", "GET, DELETE, HEAD, OPTIONS"),
        ("/v1/images/jobs/rerun", "GET, DELETE, HEAD, OPTIONS"),
    ],
)
def test_a_path_lists_exactly_its_methods(path: str, allowed: str) -> None:
    refused = ask("PUT", path)
    assert (refused.status, refused.headers["allow"]) == (405, allowed)
    assert ask("OPTIONS", path).headers["access-control-allow-methods"] == allowed


def test_a_rerun_cannot_be_read() -> None:
    response = ask("GET", "/v1/images/abc/rerun")
    assert (response.status, response.headers["allow"]) == (405, "POST, OPTIONS")


@pytest.mark.parametrize(
    "path", ["//", "/v1//images", "/v1/images//", "/v1/images/a//rerun", "//health", "/health/"]
)
def test_an_empty_path_segment_matches_no_route(path: str) -> None:
    assert ask("GET", path).status == 404


def matched(path: str) -> tuple[str, dict[str, str]] | None:
    """The pattern that matches a path, and its parameters."""
    patterns = ("/a/b", "/a/{id}", "/a/{id}/c", "/d/{p:path}")
    return match_path(path, dict.fromkeys(patterns, ROUTES["/health"]))


@pytest.mark.parametrize(
    ("path", "pattern", "parameters"),
    [
        ("/a/b", "/a/b", {}),
        ("/a/x", "/a/{id}", {"id": "x"}),
        ("/a/x/c", "/a/{id}/c", {"id": "x"}),
        ("/a/b/c", "/a/{id}/c", {"id": "b"}),
        ("/d/x", "/d/{p:path}", {"p": "x"}),
        ("/d/x/y/", "/d/{p:path}", {"p": "x/y/"}),
        ("/d//x", "/d/{p:path}", {"p": "/x"}),
    ],
)
def test_the_first_pattern_that_matches_gives_the_path_parameters(
    path: str, pattern: str, parameters: dict[str, str]
) -> None:
    assert matched(path) == (pattern, parameters)


@pytest.mark.parametrize("path", ["", "/", "/a", "/a/", "/a/x/", "/a//c", "/a/x/c/d", "/d/", "/A"])
def test_a_path_parameter_is_not_empty_and_other_segments_match_literally(path: str) -> None:
    assert matched(path) is None


def test_path_parameters_are_percent_decoded_after_the_path_is_split() -> None:
    assert matched("/a/x%2Fc%20d") == ("/a/{id}", {"id": "x/c d"})


def test_the_log_names_the_pattern_of_the_route() -> None:
    fake = FakeServices()
    ask("GET", "/v1/images/jobs/abc", fake)
    ask("GET", "/nowhere", fake)
    routes = [json.loads(line)["route"] for line in fake.lines]
    assert routes == ["/v1/images/jobs/{id}", "none"]


def test_head_answers_like_get_without_the_body() -> None:
    response = ask("HEAD", "/v1/models")
    assert (response.status, response.body) == (200, None)


@pytest.mark.parametrize("path", [*(re.sub("[{}]", "", route) for route in ROUTES), "/nowhere"])
def test_a_preflight_request_succeeds_on_every_path(path: str) -> None:
    response = ask("OPTIONS", path, access_control_request_headers="authorization, x-stainless-os")
    assert response.status == 200
    assert response.headers["access-control-allow-origin"] == "*"
    assert response.headers["access-control-allow-headers"] == "authorization, x-stainless-os"


def test_a_preflight_request_repeats_only_valid_header_names() -> None:
    response = ask("OPTIONS", "/health", access_control_request_headers="a\nset-cookie: b")
    assert response.headers["access-control-allow-headers"] == "*"


def test_every_response_has_a_request_id_and_cors_headers() -> None:
    fake = FakeServices()
    answers = [ask("GET", path, fake) for path in ("/health", "/nowhere")]
    ids = {answer.headers["x-request-id"] for answer in answers}
    assert len(ids) == 2
    for answer in answers:
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "x-request-id" in answer.headers["access-control-expose-headers"]
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_bad_requests_carry_x_should_retry_false() -> None:
    assert ask("GET", "/nowhere").headers["x-should-retry"] == "false"


def test_a_bug_is_answered_with_500_and_described_only_in_the_log() -> None:
    fake = FakeServices()

    def broken() -> object:
        raise ZeroDivisionError("secret detail")

    services = replace(fake.services(), settings=broken)  # type: ignore[arg-type]
    response = wait_for(handle(request(body=b'{"prompt": "x"}'), services))
    assert response.status == 500
    assert "ZeroDivisionError" not in text_of(response)
    assert response.headers["x-should-retry"] == "false"
    assert any("ZeroDivisionError at " in line and "broken" in line for line in fake.lines)
    assert not any("secret detail" in line for line in fake.lines)
    assert error_of(response)["type"] == "server_error"


def test_a_wrong_setting_is_named() -> None:
    def wrong() -> object:
        raise ConfigurationError("The setting X must be a number.")

    services = replace(FakeServices().services(), settings=wrong)  # type: ignore[arg-type]
    response = wait_for(handle(request(body=b'{"prompt": "x"}'), services))
    assert (response.status, error_of(response)["code"]) == (500, "invalid_configuration")
