"""What the tools print when they fail for a known reason, and what to do then."""

import re

_AGAIN = "then run the same command again"

DISK_FULL = f"The disk is full: free about 1 GB, {_AGAIN}."

# Each row: what to look for in a tool's output, and the sentence for it. The first match counts,
# so causes come before their consequences.
_KNOWN_FAILURES = (
    (
        r"ENOSPC|No space left on device|os error 28|SQLITE_FULL|EDQUOT|Disk quota exceeded",
        DISK_FULL,
    ),
    (
        r"ensurepip|No module named '?(venv|pip)\b",
        "This Python comes without venv or pip: install them (on Debian and Ubuntu: "
        f"`apt install python3-venv`), {_AGAIN}.",
    ),
    (
        r"CERTIFICATE_VERIFY_FAILED|UNABLE_TO_(GET|VERIFY)\w+|SELF_SIGNED_CERT|UnknownIssuer",
        "{tool} does not trust the certificate of the server it asked: have SSL_CERT_FILE, "
        f"PIP_CERT and NODE_EXTRA_CA_CERTS name your network's root certificate, {_AGAIN}.",
    ),
    (
        r"ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|"
        r"ProxyError|ConnectionError|NewConnectionError|ConnectTimeout|Connection refused|"
        r"Failed to establish a new connection|[Nn]ame resolution|dns error|"
        r"error sending request|Failed to fetch|Could not connect|operation timed out",
        "{tool} cannot reach the network: check the connection and the proxy settings "
        f"(HTTPS_PROXY), {_AGAIN}.",
    ),
    (
        r"DO NOT MATCH THE HASHES|Hash mismatch|EINTEGRITY",
        "{tool} was given another file than the lock file names: check which registry or mirror "
        f"it is set to use, {_AGAIN}.",
    ),
    (
        r"pyodide\.asm\.mjs",
        "This Pyodide is not the one that the bundle builder knows: take back changes to "
        f"package.json and package-lock.json, delete node_modules, {_AGAIN}.",
    ),
    (
        r"EACCES|EPERM|Permission denied|Read-only file system|EROFS",
        "{tool} may not write here: own the whole checkout (`chown`) or move it to a folder that "
        f"is yours, {_AGAIN}.",
    ),
    (
        r"Address already in use|EADDRINUSE|ERR_ADDRESS_IN_USE",
        "Another program took the port meanwhile: choose another one with `--port`.",
    ),
    (
        r"CLOUDFLARE_API_TOKEN|[Nn]ot logged in|wrangler login|Authentication error",
        "Cloudflare does not know who you are: run `npx wrangler login` (or set "
        f"CLOUDFLARE_API_TOKEN), {_AGAIN}.",
    ),
    (
        r"Invalid TOML|Processing \S*wrangler\.toml configuration:[\s\S]*\[ERROR",
        f"wrangler does not accept wrangler.toml: correct what it names, {_AGAIN}.",
    ),
    (
        r"Uncaught Error: Python|PythonError",
        "easel's own code does not start: correct what the Python traceback above names, "
        f"{_AGAIN}.",
    ),
    (
        r"GLIBC_|cannot execute binary file|Exec format error",
        "workerd does not start on this system: it needs 64-bit Linux (glibc 2.35 or newer) or "
        "macOS 13.5 or newer, and a `node_modules` that was installed on this very machine.",
    ),
)


def explain(tool: str, output: str, otherwise: str) -> str:
    """Find the sentence for a failure.

    Args:
        tool: the name of the tool that failed.
        output: what it printed, or the end of it.
        otherwise: the sentence when nothing known is in the output.
    """
    for pattern, sentence in _KNOWN_FAILURES:
        if re.search(pattern, output):
            return sentence.replace("{tool}", tool)
    return otherwise
