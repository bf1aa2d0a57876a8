"""Known failures of tools, recognised by their output, and the remedies."""

import re

_AGAIN = "then run the same command again"

DISK_FULL = f"The disk is full: free about 1 GB, {_AGAIN}."

# Each row: a pattern of a tool's output, and the sentence to print. The first match counts, so
# causes come before their consequences.
_KNOWN_FAILURES = (
    (
        r"ENOSPC|No space left on device|os error 28|SQLITE_FULL|EDQUOT|Disk quota exceeded",
        DISK_FULL,
    ),
    (
        r"ensurepip|No module named '?(venv|pip)\b",
        "This Python has no venv or no pip: install them (on Debian and Ubuntu: "
        f"`apt install python3-venv`), {_AGAIN}.",
    ),
    (
        r"CERTIFICATE_VERIFY_FAILED|UNABLE_TO_(GET|VERIFY)\w+|SELF_SIGNED_CERT|UnknownIssuer",
        "{tool} does not trust the server's certificate: set SSL_CERT_FILE, PIP_CERT and "
        f"NODE_EXTRA_CA_CERTS to your network's root certificate, {_AGAIN}.",
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
        "{tool} downloaded a file that does not match the lock file: check the configured registry "
        f"or mirror, {_AGAIN}.",
    ),
    (
        r"pyodide\.asm\.mjs",
        "The bundle builder does not support this version of Pyodide: undo changes to package.json "
        f"and package-lock.json, delete node_modules, {_AGAIN}.",
    ),
    (
        r"EACCES|EPERM|Permission denied|Read-only file system|EROFS",
        "{tool} may not write to this folder: change the owner of the whole checkout (`chown`), or "
        f"move it to a folder of yours, {_AGAIN}.",
    ),
    (
        r"Address already in use|EADDRINUSE|ERR_ADDRESS_IN_USE",
        "Another program has taken the port: choose another port with `--port`.",
    ),
    (
        r"CLOUDFLARE_API_TOKEN|[Nn]ot logged in|wrangler login|Authentication error",
        "You are not logged in to Cloudflare: run `npx wrangler login` (or set "
        f"CLOUDFLARE_API_TOKEN), {_AGAIN}.",
    ),
    (
        r"Invalid TOML|Processing \S*wrangler\.toml configuration:[\s\S]*\[ERROR",
        f"wrangler rejects wrangler.toml: correct the error that it names, {_AGAIN}.",
    ),
    (
        r"Uncaught Error: Python|PythonError",
        f"easel's Python code does not start: correct the error in the traceback above, {_AGAIN}.",
    ),
    (
        r"GLIBC_|cannot execute binary file|Exec format error",
        "workerd does not start on this system: it needs 64-bit Linux (glibc 2.35 or newer) or "
        "macOS 13.5 or newer, and a `node_modules` that was installed on this machine.",
    ),
)


def explain(tool: str, output: str, otherwise: str) -> str:
    """Return the sentence for a failure.

    Args:
        tool: the name of the tool that failed.
        output: the output of the tool, or its last lines.
        otherwise: the sentence if the failure is not a known one.
    """
    for pattern, sentence in _KNOWN_FAILURES:
        if re.search(pattern, output):
            return sentence.replace("{tool}", tool)
    return otherwise
