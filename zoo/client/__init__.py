"""Clients of a served model: pictures in, labels out; over REST without Keras and TensorFlow.

predictor = zoo.client.Predictor("http://127.0.0.1:8501", "lm_resnet20")
for answer in predictor.predict(["photo.jpg", pixels]):
    print(answer.label, answer.scores[0])
"""

from zoo.client.answer import Answer as Answer
from zoo.client.answer import ServerError as ServerError
from zoo.client.grpc_predictor import GrpcPredictor as GrpcPredictor
from zoo.client.predictor import Predictor as Predictor
