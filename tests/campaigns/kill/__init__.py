"""`kill`: workerd is killed at random moments under mixed load, then all accounts must agree."""

from campaigns.kill.campaign import run

__all__ = ["run"]
