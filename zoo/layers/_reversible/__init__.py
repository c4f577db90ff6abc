"""The gradient of the reversible run (TensorFlow)."""
