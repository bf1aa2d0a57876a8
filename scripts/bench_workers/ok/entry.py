"""Answers "ok" to everything."""

from workers import Request, Response, WorkerEntrypoint


class Default(WorkerEntrypoint):
    """What answers HTTP."""

    async def fetch(self, _request: Request) -> Response:
        """Answer one request."""
        return Response("ok")
