"""Normalizations with Keras's numbers, made fast."""
