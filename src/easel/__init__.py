"""easel: one OpenAI-compatible image API on its user's own Cloudflare account."""

VERSION = "0.1.0"
