"""Every way in: each reads a request, authorises it, calls one service and renders the answer."""
