"""The line that a request leaves in the log."""

import json

from easel.app import handle
from easel.journal import Journal
from easel.settings import Settings
from easel.upstream import UpstreamFailure
from support.world import FakeWorld, request, wait_for

SECRETIVE = Settings(allow_anonymous=True)


def ask(fake: FakeWorld, prompt: str) -> dict[str, object]:
    body = json.dumps({"prompt": prompt}).encode()
    wait_for(handle(request(body=body), fake.world()))
    [line] = fake.lines
    told: dict[str, object] = json.loads(line)
    return told


def test_a_provider_that_repeats_the_prompt_does_not_get_it_logged() -> None:
    fake = FakeWorld(answer=UpstreamFailure("5006: no fox on the moon, please"), settings=SECRETIVE)
    told = ask(fake, "fox on the moon")
    assert "fox on the moon" not in json.dumps(told)
    assert "no [...], please" in json.dumps(told["notes"])


def test_a_prompt_is_logged_where_the_owner_wants_it() -> None:
    fake = FakeWorld(settings=Settings(allow_anonymous=True, log_prompts=True))
    assert ask(fake, "a fox")["prompt"] == "a fox"


def test_no_base64_is_logged() -> None:
    journal = Journal()
    journal.note(f"it answered {'aGVsbG8' * 40}== and more")
    assert json.loads(journal.line())["notes"] == ["it answered [...] and more"]


def test_no_note_is_endless() -> None:
    journal = Journal()
    journal.note("a b " * 9999)
    assert len(journal.line()) < 5000


def test_callers_tokens_are_not_logged() -> None:
    journal = Journal(hidden=["sk-token"])
    journal.note("the key sk-token is refused")
    assert "sk-token" not in journal.line()


def test_what_is_not_known_is_not_told() -> None:
    journal = Journal()
    journal.tell({"cost_usd": None, "images": 0})
    assert json.loads(journal.line()) == {"images": 0}


def test_each_request_is_a_data_point_where_the_owner_wants_any() -> None:
    fake = FakeWorld(settings=SECRETIVE)
    ask(fake, "a fox")
    [(index, texts, numbers)] = fake.points
    assert index == "anonymous"
    assert texts[:2] == ("anonymous", "/v1/images/generations")
    assert numbers[0] == 200
    assert numbers[-2:] == (0.0006336, 1.0)


def test_a_cost_that_is_not_known_is_marked_in_the_data_point() -> None:
    fake = FakeWorld(answer=UpstreamFailure("5006: wrong"), settings=SECRETIVE)
    ask(fake, "a fox")
    [(_, _, numbers)] = fake.points
    assert numbers[-2:] == (0.0, 0.0)
