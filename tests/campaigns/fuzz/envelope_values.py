"""Values of methods, paths, queries and headers that break careless readers."""

from collections.abc import Mapping

METHODS = (b"GET", b"HEAD", b"POST", b"PUT", b"DELETE", b"PATCH", b"OPTIONS")
WRONG_METHODS = (b"get", b"FOO", b"TRACE", b"G" * 5000, b"CONNECT", b"PO\x00ST", b"")
VERSIONS = (b"HTTP/1.0", b"HTTP/2.0", b"HTTP/9.9", b"http/1.1", b"HTTP", b"")

# What may stand in a path as it is.
SEGMENTS: tuple[bytes, ...] = (
    *(b"..", b".", b"", b"%2e%2e", b"%2f", b"%252f", b"%00", b"%ff%fe", b"%", b"%zz", b"%u0041"),
    *(b";a=b", b"*", b"~", b"a:b", b"@cf", b"%F0%9F%A6%8A", b"%ed%a0%80", b"%c0%af", b"+", b"'"),
    *(b"null", b"-1", b"0" * 40, b"jobs", b"rerun", b"images", b"9" * 400, b"a" * 20_000),
    *(b"%22%3E%3Cscript%3E", b"%0d%0ax-injected:%20yes", b"%E2%80%AE", b"..;", b"con", b"\\"),
)
WRONG_TARGETS = (b"", b"v1/models", b"/v1/mo dels", b"/\xff\xfe", b"/\x00", b"*", b"/\x7f")

QUERY_NAMES: tuple[str, ...] = (
    *("limit", "after", "from", "to", "group_by", "deep", "w", "h", "fit", "format", "q", "token"),
    *("expires", "signature", "exp", "sig"),
)
QUERY_VALUES: tuple[bytes, ...] = (
    *(b"", b"0", b"1", b"-1", b"2", b"100", b"101", b"1e3", b"1.5", b"0x10", b"9" * 5000, b"NaN"),
    *(b"2026-11-20", b"2026-02-30", b"0000-00-00", b"9999-12-31", b"10000-01-01", b"1e18"),
    *(
        b"99999999999",
        b"-99999999999",
        b"model",
        b"key",
        b"day",
        b"%00",
        b"%ff",
        b"%",
        b"%zz",
        b"+",
    ),
    *(b"cover", b"pad", b"avif", b"webp", b"svg", b"2048", b"2049", b"%E2%91%A0", b"%d9%a1", b"[]"),
)

HEADER_VALUES: tuple[bytes, ...] = (
    *(b"", b" ", b"x", b'"', b'""', b"W/", b'W/"', b",", b",,", b"*", b"*,*", b";", b"=", b"0"),
    *(
        b"-1",
        b"1",
        b"9" * 5000,
        b"1.5",
        b"NaN",
        b"true",
        b"null",
        b"[]",
        b"{}",
        b"a=b;c",
        b"\xff\xfe",
    ),
    *(b"\xc3\xa9", b"a" * 300, b"a" * 9000, b'"' * 9000, b"(" * 9000, b"a," * 4000, b"\\" * 5000),
    *(b"Thu, 01 Jan 1970 00:00:00 GMT", b"Thu, 99 Foo 2026 25:61:61 GMT", b"2026-11-26", b"\t"),
    *(b"Mon, 01 Jan 0000 00:00:00 GMT", b"Fri, 31 Dec 9999 23:59:59 GMT"),
)
# Values that mean something in a header, and nearly do.
OWN_VALUES: Mapping[bytes, tuple[bytes, ...]] = {
    b"authorization": (
        *(b"Bearer", b"Bearer ", b"bearer x", b"Basic YTpi", b"Bearer a b", b"Bearer together:"),
        *(b"Bearer together:a,b,,", b"Bearer openai:" + b"t," * 500, b"Bearer x:y", b"Bearer :"),
        *(b"Bearer \xff", b"Bearer " + b"k" * 9000, b"Bearer gitee:\xc3\xa9"),
    ),
    b"content-type": (
        *(b"application/json; charset=utf-16", b"APPLICATION/JSON", b"text/json", b"text/plain"),
        *(
            b"application/problem+json",
            b"application/json,application/json",
            b"multipart/form-data",
        ),
        *(b"application/x-www-form-urlencoded", b"multipart/mixed; boundary=x", b"image/png", b"/"),
        *(b"application/json;" * 300, b"multipart/form-data; boundary=campaign-boundary"),
    ),
    b"if-none-match": (b'"a"', b'W/"a"', b'"a", "b"', b'"a",x', b"W/*", b'"\xff"', b'"a' * 2000),
    b"range": (
        *(b"bytes=0-", b"bytes=-1", b"bytes=5-2", b"bytes=0-0,5-6", b"bytes=" + b"9" * 400 + b"-"),
        *(
            b"bytes=-0",
            b"items=0-5",
            b"bytes=a-b",
            b"bytes=0-" + b"9" * 30,
            b"bytes=--5",
            b"bytes=",
        ),
        b"bytes=" + b"0-0," * 1000,
    ),
    b"prefer": (
        *(b"respond-async", b"wait=5", b"respond-async, wait=abc", b'a="\\"\\"\\""', b"=,=;;"),
        *(b'"' + b'\\"' * 25_000, b'a="' + b"\\" * 2000, b"a;" * 3000, b"respond-async;" * 500),
    ),
    b"idempotency-key": (b"k" * 255, b"k" * 256, b"a b", b"\xc3\xa9", b"k"),
    b"x-stainless-retry-count": (b"1", b"-1", b"1e9", b"99999999999999999999", b"a"),
    b"access-control-request-headers": (b"a,b", b"a\xff", b"x" * 3000, b"<script>"),
    b"accept-encoding": (b"gzip", b"gzip;q=1e9", b"identity", b"nothing"),
    b"content-encoding": (b"gzip", b"br", b"identity", b"zstd, gzip"),
    b"expect": (b"100-continue", b"200-ok"),
    b"host": (b"localhost:1", b"a.example", b"127.0.0.1", b"[::1]:80", b"xn--a"),
    b"x-request-id": (b"mine-1", b"a b", b"a" * 128, b"a" * 129, b"<b>"),
}
HEADERS: tuple[bytes, ...] = (
    *OWN_VALUES,
    *OWN_VALUES,
    *[b"prefer"] * 3,
    *(b"if-match", b"if-modified-since", b"if-unmodified-since", b"if-range", b"x-api-key"),
    *(b"x-easel-cache", b"accept", b"origin", b"referer", b"cookie", b"x-forwarded-for"),
    *(b"cf-connecting-ip", b"x-forwarded-proto", b"forwarded", b"user-agent", b"te", b"priority"),
    *(b"x-http-method-override", b"x-original-url", b"openai-organization", b"traceparent"),
)
WRONG_LINES: tuple[tuple[bytes, bytes], ...] = (
    (b"a b", b"c"),
    (b"", b"c"),
    (b"a\x00", b"b"),
    (b"a", b"b\x00c"),
    (b"a", b"b\nc"),
    (b"a", b"b\rc"),
    (b"\xff", b"b"),
    (b" a", b"b"),
    (b"host", b"a b"),
    (b"host", b""),
    (b"host", b"\xff[:::"),
    (b"connection", b"upgrade, close, keep-alive, \xff"),
)
