"""What stands beside the versions of a SavedModel: how it is run, in words and in the server's own files."""

import os

from zoo.data.encoding import LARGEST
from zoo.serving.exporting import measuring
from zoo.serving.exporting.classifier import Classifier
from zoo.serving.exporting.folder import MARK

README = """# {name}

{mark} TensorFlow Serving takes the version of the highest number.

```sh
docker run -p 8501:8501 --mount type=bind,source="$PWD",target=/models/{name} \\
  -e MODEL_NAME={name} tensorflow/serving:2.20.0 \\
  --enable_batching --batching_parameters_file=/models/{name}/batching.config
echo "{{\\"instances\\": [{{\\"b64\\": \\"$(base64 -w0 picture.jpg)\\"}}]}}" |
  curl -d @- localhost:8501/v1/models/{name}:predict
```

On a CPU without AVX-512 TensorFlow leaves oneDNN off. `-e TF_ENABLE_ONEDNN_OPTS=1` turns it on: many pictures at once
are faster, a single one is slower.

`models.config` is for a server of several models (`--model_config_file`). Each signature is warmed up when the server
loads it (`assets.extra` of the version).

| signature | takes | gives |
|---|---|---|
| `serving_default` | `image_bytes` | `probabilities`, `class_ids`, `classes`, `scores` |
| `pixels` | `pixels` | the same |
| `tensor` | `tensor` | the same |
| `features` | `image_bytes` | `features`: the input of the head |
| `logits` | `image_bytes` | `logits` |
{dial}
`image_bytes` are strings, the bytes of PNG, JPEG, GIF and BMP files of any size; `pixels` is uint8 RGB,
`(batch, height, width, 3)`, of up to {largest:,} pixels a picture; `tensor` is {dtype} `(batch, {shape})`, raw 0..255.
`probabilities` are `(batch, {classes})` in the order of the classes; the others name the {top} most probable, the most
probable first.

Pictures are cropped at the centre ({crop} of the shorter side) and resized to {size} ({interpolation}). One that cannot
be read makes its request INVALID_ARGUMENT, and so does no picture at all or one of another shape. The graph does not
turn a picture as its EXIF says, does not lay transparency on white (it is dropped), cuts 16 bits to 8 where it should
round, and reads no TIFF and no animated WebP; a WebP only where the server's TensorFlow does. `zoo.client` and
`zoo serve` make a PNG of what is seen of all those; another client has to do that before it sends.

| signature | evaluations of the fields | ms for one picture | top-1 |
|---|--:|--:|--:|
{rows}

Milliseconds: the median of up to {calls} calls from Python on the machine that exported ({cores} cores), of one
picture in its bytes. {accuracy}
"""

MODELS = """# {mark}
model_config_list {{ config {{ name: "{name}" base_path: "/models/{name}" model_platform: "tensorflow" }} }}
"""

BATCHING = """# {mark}
max_batch_size {{ value: 64 }}
batch_timeout_micros {{ value: 2000 }}
max_enqueued_batches {{ value: 64 }}
num_batch_threads {{ value: {cores} }}
"""

DIAL = """
`nfe` is the number of evaluations of the fields that the answer took. Of an ODE-Net, `discretization_error` is the
largest difference of its logits from those of another discretisation of the same weights, which is computed beside it
and not counted in `nfe`, and `settled` says whether the lead of the first class is more than twice that. It is an
estimate, no bound.
"""

UNMEASURED = "Accuracy is not measured: `--data` gives pictures with classes."
MEASURED = "Top-1 on {count:,} pictures{of}; {unreadable:,} could not be read."
OF = " of {total:,}, drawn at random, the same for each row, since measuring ends after {seconds:.0f} seconds"


def texts(served: Classifier, measured: measuring.Measured) -> dict[str, str]:
    """``README.md``, ``models.config`` and ``batching.config``.

    Args:
        served: The classifier.
        measured: What is measured of ``serving_default`` and of each place of the dial.
    """
    name, cores = served.model.name, os.cpu_count() or 1
    dial = [
        f"| `{row.signature}` | `image_bytes` | as `serving_default`, and those below |\n" for row in measured.rows[1:]
    ]
    readme = README.format(
        **{"name": name, "mark": MARK, "largest": LARGEST, "calls": measuring.CALLS, "cores": cores},
        dtype=served.model.inputs[0].dtype,
        shape=", ".join(map(str, served.model.input_shape[1:])),
        dial="".join(dial) + (DIAL if dial else ""),
        classes=len(served.labels),
        top=served.top,
        crop=f"{served.way.crop:.1%}",
        interpolation=served.way.interpolation,
        size="×".join(map(str, served.size)),
        rows="\n".join(map(_line, measured.rows)),
        accuracy=_accuracy(measured),
    )
    models, batching = MODELS.format(mark=MARK, name=name), BATCHING.format(mark=MARK, cores=cores)
    return {"README.md": readme, "models.config": models, "batching.config": batching}


def _accuracy(measured):
    if not measured.count:
        return UNMEASURED
    short = measured.count + measured.unreadable < measured.total
    of = OF.format(total=measured.total, seconds=measuring.MOST_SECONDS) if short else ""
    text = MEASURED if measured.unreadable else MEASURED.partition(";")[0] + "."
    return text.format(count=measured.count, of=of, unreadable=measured.unreadable)


def _line(row):
    nfe = "" if row.nfe is None else f"{row.nfe:.1f}"
    accuracy = "" if row.accuracy is None else f"{row.accuracy:.2f} %"
    return f"| `{row.signature}` | {nfe} | {row.milliseconds:.1f} | {accuracy} |"
