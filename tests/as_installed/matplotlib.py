"""In the processes that tests start, as in a user's environment: Keras imports Matplotlib wherever it finds it."""

raise ImportError("Matplotlib is no dependency of Zoo")
