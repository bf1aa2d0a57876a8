"""Every way in: each module parses, authorises, calls one service and renders the response."""
