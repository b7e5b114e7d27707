"""Runs an exported model in OpenCV's DNN: opencv_agrees.py MODEL IMAGE N C H W ANSWER CLASSES

IMAGE and ANSWER are files of little-endian float32, (N, C, H, W) and (N, CLASSES, H, W). Prints the largest difference.
"""
import sys

import cv2
import numpy as np

model, image, *shape, answer, classes = sys.argv[1:]
n, c, h, w = map(int, shape)
net = cv2.dnn.readNetFromONNX(model)
net.setInput(np.fromfile(image, np.float32).reshape(n, c, h, w))
found = net.forward()
expected = np.fromfile(answer, np.float32).reshape(n, int(classes), h, w)
if found.shape != expected.shape:
    sys.exit(f"OpenCV gives {found.shape}, not {expected.shape}")
print(float(np.abs(found - expected).max()))
