"""The records of images in the ledger."""

import pytest

from easel.ledger.history import forget_image, forget_older, get_image, list_images
from easel.ledger.requests import end
from support.ledger import MemoryDatabase
from support.ledger_messages import NOON, image, outcome


def ids_after(database: MemoryDatabase, after: str, owner: str = "ci") -> list[str] | None:
    page = list_images(database, owner, 9, after, 0)
    return None if page is None else [one.id for one in page]


def test_images_are_listed_in_pages_with_the_newest_first(database: MemoryDatabase) -> None:
    end(database, outcome("1", images=tuple(image(str(n)) for n in range(5))))
    end(database, outcome("2", owner="other", images=(image("x", "other"),)))
    first = list_images(database, "ci", 3, None, 0)
    assert [one.id for one in first or []] == ["4", "3", "2"]
    assert [one.id for one in list_images(database, "ci", 3, "2", 0) or []] == ["1", "0"]
    assert list_images(database, "ci", 3, "x", 0) is None
    assert list_images(database, "ci", 3, None, NOON + 1) == []


def test_the_images_of_another_key_are_neither_found_nor_deleted(database: MemoryDatabase) -> None:
    end(database, outcome("1", images=(image("a"),)))
    assert get_image(database, "other", "a") is None
    forget_image(database, "other", "a")
    assert get_image(database, "ci", "a") == image("a")
    forget_image(database, "ci", "a")
    assert get_image(database, "ci", "a") is None


def test_an_image_is_recorded_once(database: MemoryDatabase) -> None:
    for name in ("1", "2"):
        end(database, outcome(name, images=(image("a"),)))
    assert len(list_images(database, "ci", 9, None, 0) or []) == 1


def test_old_records_are_deleted_in_bounded_steps(database: MemoryDatabase) -> None:
    images = tuple(image(str(n), created=NOON + n) for n in range(5))
    end(database, outcome("1", images=images))
    assert forget_older(database, NOON + 4, 3) == 3
    assert forget_older(database, NOON + 4, 3) == 1
    assert forget_older(database, NOON + 4, 3) == 0
    assert [one.id for one in list_images(database, "ci", 9, None, 0) or []] == ["4"]


def test_a_page_can_follow_a_deleted_image(database: MemoryDatabase) -> None:
    end(database, outcome("1", images=tuple(image(str(n)) for n in range(5))))
    forget_image(database, "ci", "2")
    forget_image(database, "ci", "4")
    assert ids_after(database, "2") == ["1", "0"]
    assert ids_after(database, "4") == ["3", "1", "0"]


def test_a_page_can_follow_an_expired_image(database: MemoryDatabase) -> None:
    images = tuple(image(str(n), created=NOON + n) for n in range(5))
    end(database, outcome("1", images=images))
    forget_older(database, NOON + 3, 2)
    assert ids_after(database, "1") == []
    assert ids_after(database, "3") == ["2"]


def test_a_deleted_image_of_another_key_is_not_a_cursor(database: MemoryDatabase) -> None:
    end(database, outcome("1", images=(image("a"), image("b"))))
    forget_image(database, "other", "a")
    forget_image(database, "ci", "b")
    assert ids_after(database, "a", "other") is None
    assert ids_after(database, "b", "other") is None


def test_only_the_most_recently_deleted_images_are_cursors(
    database: MemoryDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("easel.ledger.history._CURSORS_KEPT", 2)
    end(database, outcome("1", images=tuple(image(str(n)) for n in range(4))))
    for name in ("1", "2", "3"):
        forget_image(database, "ci", name)
    assert [ids_after(database, name) for name in ("1", "2", "3")] == [None, ["0"], ["0"]]
