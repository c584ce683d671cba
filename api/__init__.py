"""The HTTP API: requests in, problems or answers out; no logic of its own."""
