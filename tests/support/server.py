"""easel on the real workerd, for tests."""

import json
import sqlite3
import time
import uuid
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2

_PATIENCE_SECONDS = 30


def new_prompt(directive: str = "") -> str:
    """A prompt that no other test uses, so that its calls can be identified."""
    return f"a fox {uuid.uuid4()} {directive}".strip()


def wait_until(holds: Callable[[], bool]) -> None:
    """Poll a condition until it holds.

    Raises:
        TimeoutError: it does not hold in time.
    """
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError("the condition did not hold in time")
        time.sleep(0.02)


def key_of(url: str | None) -> str:
    """The key of a stored image, from its URL."""
    return urlsplit(url or "").path.removeprefix("/")


@dataclass(frozen=True)
class Server:
    """A running easel.

    Attributes:
        url: its origin.
        state: the folder of its bucket.
        lines: its output so far; the list grows.
    """

    url: str
    state: Path
    lines: list[str]

    def client(self) -> httpx2.Client:
        """A plain HTTP client."""
        return httpx2.Client(base_url=self.url, timeout=60)

    def calls(
        self, prompt: str, client: httpx2.Client, headers: Mapping[str, str] | None = None
    ) -> list[dict[str, Any]]:
        """Every call that reached the model with this prompt, oldest first: `model` and its inputs.

        A call of our own is made first: once the stand-in has logged it, all earlier calls are
        logged too.

        Args:
            prompt: the whole prompt.
            client: an HTTP client for this server.
            headers: with an API key, if the server requires one.
        """
        fence = f"fence {uuid.uuid4()}"
        answer = client.post(
            "/v1/images/generations", json={"prompt": fence, "seed": 1}, headers=headers
        )
        assert answer.status_code == 200, answer.text
        wait_until(lambda: any(_prompt(record) == fence for record in self._records()))
        return [record for record in self._records() if _prompt(record) == prompt]

    def log_line(self, request_id: str) -> dict[str, Any]:
        """The one line of the log that is about a request."""

        def lines() -> list[str]:
            return [line for line in [*self.lines] if f'"{request_id}"' in line]

        wait_until(lambda: bool(lines()))
        [line] = lines()
        content: dict[str, Any] = json.loads(line)
        return content

    def recipe(self, key: str) -> dict[str, str]:
        """The recipe of a stored image, by its key."""
        return self._stored()[key]

    def sent_with(self, key: str) -> dict[str, str]:
        """The HTTP metadata of a stored image, by R2's names."""
        return self._stored("http_metadata")[key]

    def recipes(self) -> list[dict[str, str]]:
        """The recipes of all stored images."""
        return list(self._stored().values())

    def _stored(self, column: str = "custom_metadata") -> dict[str, dict[str, str]]:
        """The metadata of every object, by key, from the database of the R2 simulator."""
        stored: dict[str, dict[str, str]] = {}
        for file in self.state.glob("v3/r2/miniflare-R2BucketObject/*.sqlite"):
            with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as database:
                if database.execute(
                    "SELECT 1 FROM sqlite_master WHERE name = '_mf_objects'"
                ).fetchone():
                    rows = database.execute(f"SELECT key, {column} FROM _mf_objects")
                    stored |= {key: json.loads(metadata) for key, metadata in rows}
        return stored

    def requests(self) -> list[str]:
        """The state of each request in the ledger."""
        states: list[str] = []
        for file in self.state.glob("v3/do/*Ledger/*.sqlite"):
            with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as database:
                if database.execute(
                    "SELECT 1 FROM sqlite_master WHERE name = 'requests'"
                ).fetchone():
                    states += [row[0] for row in database.execute("SELECT state FROM requests")]
        return states

    def _records(self) -> list[dict[str, Any]]:
        records = []
        for line in [*self.lines]:
            _, mark, record = line.partition("stand-in {")
            if mark:
                content = json.loads("{" + record)
                records.append({"model": content["model"], **content["inputs"]})
        return records


def _prompt(record: dict[str, Any]) -> str:
    prompt: str = record.get("multipart", record)["prompt"]
    return prompt
