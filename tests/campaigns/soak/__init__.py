"""`soak`: a steady rate for hours; every image is compared, and memory must stay bounded."""

from campaigns.soak.campaign import run

__all__ = ["run"]
