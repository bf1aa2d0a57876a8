import pytest

from easel.media.urls import UntrustedUrlError, check_url
from support.urls import HARMLESS, MALFORMED, PRIVATE


@pytest.mark.parametrize(("url", "canonical"), HARMLESS.items())
@pytest.mark.parametrize("allow_private", [False, True])
def test_a_public_url_passes_in_canonical_form(
    url: str, canonical: str, allow_private: bool
) -> None:
    assert check_url(url, allow_private=allow_private) == canonical
    assert check_url(canonical, allow_private=allow_private) == canonical


@pytest.mark.parametrize("url", PRIVATE)
def test_a_private_host_passes_only_where_it_is_allowed(url: str) -> None:
    with pytest.raises(UntrustedUrlError, match="private or reserved"):
        check_url(url, allow_private=False)
    assert check_url(url, allow_private=True).startswith(("http://", "https://"))


@pytest.mark.parametrize("url", MALFORMED)
@pytest.mark.parametrize("allow_private", [False, True])
def test_what_is_not_read_with_certainty_never_passes(url: str, allow_private: bool) -> None:
    with pytest.raises(UntrustedUrlError) as caught:
        check_url(url, allow_private=allow_private)
    assert "secret" not in str(caught.value)


def test_the_length_is_limited() -> None:
    with pytest.raises(UntrustedUrlError, match="longer than"):
        check_url("https://example.com/" + "a" * 16 * 1024, allow_private=False)
