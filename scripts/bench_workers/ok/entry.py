"""A Worker that responds "ok" to every request."""

from workers import Request, Response, WorkerEntrypoint


class Default(WorkerEntrypoint):
    """Handles HTTP requests."""

    async def fetch(self, _request: Request) -> Response:
        """Respond "ok"."""
        return Response("ok")
