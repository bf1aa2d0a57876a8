"""Clients that send equal requests, hang up and retry, while easel is killed now and then."""

import random

from campaigns.report import Report
from support.ledger import MemoryDatabase
from support.retrying_clients import Client, Fate, Scene

_FATES: tuple[Fate, ...] = ("image", "image", "free failure", "limit", "refused at the door")


def play_scenes(chance: random.Random, scenes: int, report: Report) -> None:
    """Play scenes in random orders; each client must get an image of its own, bought once."""
    database = MemoryDatabase()
    images = retries = 0
    for number in range(scenes):
        for table in ("requests", "pace", "usage"):
            database.query(f"DELETE FROM {table}")
        clients = [
            Client(name, chance.choice(_FATES), hang_ups=chance.choice((0, 0, 1, 2)))
            for name in "abcd"[: chance.randint(2, 4)]
        ]
        # What easel had delivered when it was killed is forgotten, so a retry whose first try the
        # ledger never saw could be taken for one whose answer was lost.
        is_recorded = all(client.fate != "refused at the door" for client in clients)
        scene = Scene(database, True, clients, kills=chance.choice((0, 1)) * is_recorded)
        scene.run(chance.randrange)
        outcomes = [client.outcome or "" for client in clients]
        made = [outcome for outcome in outcomes if outcome in scene.purchases]
        story = f"scene {number}: {'; '.join(scene.story)} -> {outcomes}, bought {scene.purchases}"
        report.check(len(set(made)) == len(made), f"one image for two clients in {story}")
        report.check(len(scene.purchases) <= len(clients), f"bought twice in {story}")
        images += len(made)
        retries += sum(client.tried - 1 for client in clients)
    report.add_figure("scenes of retrying clients", scenes)
    report.add_figure("  images", images)
    report.add_figure("  retries", retries)
