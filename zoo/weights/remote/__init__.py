"""Presets that lie elsewhere: on a web server, in a bucket, on the Hugging Face Hub. Needs neither Keras nor
TensorFlow."""
