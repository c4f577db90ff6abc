"""In the processes that tests start, as in a user's environment: Keras imports scikit-learn wherever it finds it."""

raise ImportError("scikit-learn is no dependency of Zoo")
