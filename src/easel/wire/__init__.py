"""OpenAI's formats: how requests are read and responses are written."""
