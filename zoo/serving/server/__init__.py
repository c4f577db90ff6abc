"""``zoo serve``: a development server that speaks TensorFlow Serving's REST, with a page to try a model on."""
