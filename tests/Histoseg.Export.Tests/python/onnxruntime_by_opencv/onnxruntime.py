"""What samples/onnx/segment.py uses of onnxruntime, done by OpenCV, where there is no onnxruntime for Python: the metadata comes from the environment."""
import json
import os
import types

import cv2


class InferenceSession:
    def __init__(self, path, providers):
        self._net = cv2.dnn.readNetFromONNX(path)

    def get_modelmeta(self):
        return types.SimpleNamespace(custom_metadata_map=json.loads(os.environ["MODEL_METADATA"]))

    def run(self, outputs, inputs):
        assert outputs == ["probabilities"]
        self._net.setInput(inputs["image"])
        return [self._net.forward()]
