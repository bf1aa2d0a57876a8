"""From a request to stored images; `pipeline` shows the whole way."""
