"""What goes over HTTP, in OpenAI's own terms."""
