"""Segments a picture with a model that `engine export` wrote; needs onnxruntime and numpy alone.

    python segment.py model.onnx picture.npy labels.npy

picture.npy: (height, width, 3) bytes, RGB, at the µm per pixel that the model tells (spacing_um_px).
    Of a picture file, with Pillow: numpy.save("picture.npy", numpy.asarray(Image.open("picture.png").convert("RGB")))
labels.npy: (height, width) bytes, the index of the likeliest class.
"""
import json
import sys

import numpy as np
import onnxruntime


def starts(length, side):
    """Where patches begin along an axis: half a patch apart, the last one at the end."""
    return sorted({min(at, length - side) for at in range(0, length, side // 2)})


def segment(session, rgb):
    """The probability of each class, (classes, height, width): overlapping patches, each counting least at its edges."""
    facts = session.get_modelmeta().custom_metadata_map
    side = int(facts["patch_size_pixels"])
    mean, deviation = (np.array(json.loads(facts["normalisation_" + name]), np.float32) for name in ("mean", "std"))
    classes = len(json.loads(facts["class_names"]))
    height, width = rgb.shape[:2]
    rgb = np.pad(rgb, ((0, max(0, side - height)), (0, max(0, side - width)), (0, 0)), constant_values=255)
    ramp = np.minimum(np.arange(1, side + 1), np.arange(side, 0, -1)).astype(np.float32)
    window = ramp[:, None] * ramp[None, :]
    sums = np.zeros((classes,) + rgb.shape[:2], np.float32)
    weights = np.zeros(rgb.shape[:2], np.float32)
    for y in starts(rgb.shape[0], side):
        for x in starts(rgb.shape[1], side):
            patch = (rgb[y:y + side, x:x + side].astype(np.float32) / 255 - mean) / deviation
            image = np.ascontiguousarray(patch.transpose(2, 0, 1)[None])
            sums[:, y:y + side, x:x + side] += session.run(["probabilities"], {"image": image})[0][0] * window
            weights[y:y + side, x:x + side] += window
    return (sums / weights)[:, :height, :width]


if __name__ == "__main__":
    model, picture, result = sys.argv[1:]
    opened = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    probabilities = segment(opened, np.load(picture))
    np.save(result, probabilities.argmax(0).astype(np.uint8))
    names = json.loads(opened.get_modelmeta().custom_metadata_map["class_names"])
    for name, share in zip(names, np.bincount(probabilities.argmax(0).ravel(), minlength=len(names)) / probabilities[0].size):
        print(f"{name}: {100 * share:.1f} % of the picture")
