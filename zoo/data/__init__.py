"""Data sets, pictures and batches. Importing it imports no Keras."""
