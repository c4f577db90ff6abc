"""Fine-tuning: a new head on a trained trunk, from arrays and datasets or from a folder of pictures."""
