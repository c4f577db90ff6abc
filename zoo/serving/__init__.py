"""Trained models at work: predictions for pictures, accuracy on pictures with classes, files for other runtimes."""

from zoo.serving.answers import Answers as Answers
from zoo.serving.answers import predict as predict
from zoo.serving.exporting.exports import export as export
from zoo.serving.on_folder import scores_of as scores_of
from zoo.serving.on_folder import scores_on_folder as scores_on_folder
from zoo.serving.prediction import predict_files as predict_files
