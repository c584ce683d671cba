"""One signal per file: a value in [0, 1] with its contributions and reason codes."""
