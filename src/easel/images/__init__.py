"""The way of every image, in five steps: read, resolve, plan, run, keep."""
