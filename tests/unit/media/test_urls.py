"""URLs from callers and providers are trusted only where they certainly lead to a public host."""

import pytest

from easel.media.urls import UntrustedUrlError, check_url
from support.urls import HARMLESS, MALFORMED, PRIVATE


def test_a_public_url_passes_in_canonical_form(subtests: pytest.Subtests) -> None:
    for url, canonical in HARMLESS.items():
        for allow_private in (False, True):
            with subtests.test(url=url, allow_private=allow_private):
                assert check_url(url, allow_private=allow_private) == canonical
                assert check_url(canonical, allow_private=allow_private) == canonical


def test_a_private_host_passes_only_where_private_hosts_are_allowed(
    subtests: pytest.Subtests,
) -> None:
    for url in PRIVATE:
        with subtests.test(url=url):
            with pytest.raises(UntrustedUrlError, match="private or reserved"):
                check_url(url, allow_private=False)
            assert check_url(url, allow_private=True).startswith(("http://", "https://"))


def test_a_malformed_or_ambiguous_url_never_passes(subtests: pytest.Subtests) -> None:
    for url in MALFORMED:
        for allow_private in (False, True):
            with subtests.test(url=url, allow_private=allow_private):
                with pytest.raises(UntrustedUrlError) as caught:
                    check_url(url, allow_private=allow_private)
                assert "secret" not in str(caught.value)


def test_the_length_of_a_url_is_limited() -> None:
    with pytest.raises(UntrustedUrlError, match="longer than"):
        check_url("https://example.com/" + "a" * 16 * 1024, allow_private=False)
