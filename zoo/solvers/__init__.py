"""Solvers of u' = f(t, u) on TensorFlow. Importing it imports no TensorFlow."""
