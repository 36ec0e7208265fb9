"""The synchronous client. It is made of `aio` by `tools/unasync.py`, but for its `_transport`."""
