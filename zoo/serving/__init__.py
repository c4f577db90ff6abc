"""Trained models at work: predictions for pictures, accuracy on pictures with classes, SavedModels."""
