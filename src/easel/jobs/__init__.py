"""Jobs: submit a request, store it, execute it in the background, report its end to a webhook."""
