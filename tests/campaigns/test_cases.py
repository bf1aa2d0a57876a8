"""What a campaign prints of a case is enough to have it again."""

from campaigns.fuzz.mutate import make_case
from campaigns.fuzz.templates import Stored, templates
from campaigns.hostile.attempt import make_attempt

VALID = templates("key", Stored(b"/images/2026-11-20/x.png", b"x", b"job_x"))


def test_a_request_depends_only_on_the_seed_and_its_number() -> None:
    first, again = ([make_case(5, number, VALID).encode() for number in range(50)] for _ in "ab")
    assert first == again
    assert first != [make_case(6, number, VALID).encode() for number in range(50)]


def test_a_lie_depends_only_on_the_seed_and_its_number() -> None:
    first, again = ([make_attempt(5, n, is_patient=True) for n in range(50)] for _ in "ab")
    assert first == again
    assert first != [make_attempt(6, number, is_patient=True) for number in range(50)]
