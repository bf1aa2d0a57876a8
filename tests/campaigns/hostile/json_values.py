"""Values that stand in JSON where others belong."""

from campaigns.hostile.reply import INTERNAL, SECRET, Good
from support.urls import MALFORMED, PRIVATE


class Piece(str):
    """Text to stand in JSON as it is, right or wrong."""


NUMBERS: tuple[object, ...] = (
    *(0, -1, 1, 1.5, -0.0, 1e308, -1e308, 5e-324, 10_001, 2**31, 2**53 + 1, 2**63, 2**64, 10**300),
    *(Piece("NaN"), Piece("Infinity"), Piece("-Infinity"), Piece("1e999"), Piece("9" * 5000)),
    *("0", "1", "-1", "1e308", "nan", "", True, False, None, [], {}, [1], {"a": 1}),
)
VALUES: tuple[object, ...] = (
    *NUMBERS,
    "x" * 3_000_000,
    "\u0000easel:0",
    "\u0000easel:99",
    "\x00",
    "a\r\nb",
    "\u202e",
    SECRET,
    INTERNAL,
    Piece('"\\ud83d"'),
    Piece('"\\udc00\\ud83d"'),
    Piece('"' + "\\u0000" * 2000 + '"'),
    Piece("[" * 5000 + "]" * 5000),
    Piece('{"a":' * 5000 + "1" + "}" * 5000),
    ["a"] * 10_000,
    {f"k{number}": {} for number in range(3000)},
)
STATUS_WORDS: tuple[object, ...] = (
    *("SUCCEEDED", "succeeded", "COMPLETED", "completed", "success", "done", "PENDING", "unknown"),
    *("", "IN_PROGRESS", "FAILED", "failed", "canceled", "error", 1, None, [], {}),
)


def urls_for(good: Good) -> tuple[str, ...]:
    """Where easel must not go; what it can reach of them here is the trap."""
    port = good.trap
    return (
        *(url for url in (*PRIVATE, *MALFORMED) if url.isprintable()),
        *(f"http://{host}:{port}/a.png" for host in ("127.0.0.1", "localhost", "[::1]", "0.0.0.0")),
        *(
            f"http://{host}:{port}/a.png"
            for host in ("2130706433", "0x7f.1", "127.1", "0177.0.0.1")
        ),
        *(
            f"http://{host}:{port}/a.png"
            for host in ("a@127.0.0.1", "[::ffff:127.0.0.1]", "127.0.0.1.")
        ),
        f"//127.0.0.1:{port}/a.png",
        f"/\\127.0.0.1:{port}/a.png",
        f"{good.url}@127.0.0.1:{port}/a.png",
        f"{good.url}.127.0.0.1:{port}/a.png",
        f"{good.url}/%0d%0ahost:a",
        f"{good.url}/missing.png",
        f"{good.url}/" + "a" * 10_000,
        *(
            "data:",
            "data:,",
            "data:image/png;base64,",
            "data:image/png;base64,####",
            "data:;base64,AAA",
        ),
        *("data:text/html;base64,PGI+", "data:image/png,abc", "data:image/svg+xml;utf8,<svg/>"),
        *(
            "javascript:alert(1)",
            "file:///etc/passwd",
            "blob:null",
            "about:blank",
            "../../etc/passwd",
        ),
    )


COSTS: tuple[object, ...] = (
    *[1e308, 10_001, 1e12, -5, Piece("1e308")] * 3,
    *NUMBERS,
    "0.05",
    "$1",
    "1,5",
    [5],
    {"usd": 5},
    1e5,
    9_999,
    0.01,
)
