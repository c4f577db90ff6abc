"""Trained models at work: predictions for pictures, accuracy on pictures with classes, SavedModels."""

from zoo.serving.export import saved_model as saved_model
from zoo.serving.prediction import predict as predict
