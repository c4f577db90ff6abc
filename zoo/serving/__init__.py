"""Trained models at work: predictions for pictures, accuracy on pictures with classes, SavedModels."""

from zoo.serving.export import saved_model as saved_model
from zoo.serving.on_folder import scores_on_folder as scores_on_folder
from zoo.serving.prediction import predict as predict
