"""Two clients send equal requests and retry: in every order of events each gets its own image."""

from collections.abc import Callable, Sequence

import pytest

from support.ledger import MemoryDatabase
from support.retrying_clients import Client, Fate, Scene, every_order

FATES: Sequence[tuple[Fate, Fate]] = [
    ("image", "image"),
    ("image", "free failure"),
    ("image", "limit"),
    ("free failure", "free failure"),
    ("free failure", "limit"),
]
# One fails before it reaches the ledger, for example at the Worker's own rate limit.
UNRECORDED: Sequence[tuple[Fate, Fate]] = [
    ("image", "refused at the door"),
    ("free failure", "refused at the door"),
]


def play_all(
    fates: tuple[Fate, Fate],
    *,
    hang_ups: tuple[int, int] = (0, 0),
    kills: int = 0,
    is_watched: bool = True,
) -> int:
    """Play two clients in every order; check what each gets and what is bought."""
    database = MemoryDatabase()

    def play(choose: Callable[[int], int]) -> None:
        database.query("DELETE FROM requests")
        database.query("DELETE FROM pace")
        names = zip("ab", fates, hang_ups, strict=True)
        clients = [Client(name, fate, often) for name, fate, often in names]
        scene = Scene(database, is_watched, clients, kills)
        scene.run(choose)
        outcomes = [client.outcome or "" for client in clients]
        images = [outcome for outcome in outcomes if outcome in scene.purchases]
        assert len(set(images)) == len(images), scene.story + outcomes
        assert len(scene.purchases) <= len(clients), scene.story + outcomes
        # A call that a kill interrupted may have been billed, so it is not repeated.
        assert kills or outcomes.count("gave up") + len(images) == 2, scene.story + outcomes

    return every_order(play)


@pytest.mark.parametrize("fates", [*FATES, *UNRECORDED])
def test_each_client_gets_its_own_image(fates: tuple[Fate, Fate]) -> None:
    assert play_all(fates) > 1


@pytest.mark.parametrize("fates", FATES)
def test_a_client_that_hangs_up_finds_its_own_image(fates: tuple[Fate, Fate]) -> None:
    assert play_all(fates, hang_ups=(1, 0)) > 10
    # Clients with the same fate are interchangeable.
    if fates[0] != fates[1]:
        assert play_all(fates, hang_ups=(0, 1)) > 10


def test_clients_that_both_hang_up_find_their_own_images() -> None:
    assert play_all(("image", "image"), hang_ups=(1, 1)) > 100


@pytest.mark.parametrize("fates", FATES)
def test_a_request_that_was_interrupted_by_a_kill_is_not_executed_again(
    fates: tuple[Fate, Fate],
) -> None:
    assert play_all(fates, kills=1) > 5


@pytest.mark.parametrize("fates", FATES)
def test_without_notice_of_disconnections_each_waiting_client_gets_its_own_image(
    fates: tuple[Fate, Fate],
) -> None:
    assert play_all(fates, is_watched=False) > 1


@pytest.mark.parametrize("hang_ups", [(1, 0), (1, 1)])
def test_without_notice_of_disconnections_a_retry_finds_its_running_request(
    hang_ups: tuple[int, int],
) -> None:
    assert play_all(("image", "image"), hang_ups=hang_ups, is_watched=False) > 10
