"""Picture files as people have them, and bytes that are none."""

import io

import numpy as np
from PIL import Image

RANDOM = np.random.default_rng(0)
SMOOTH = np.stack(np.meshgrid(np.linspace(20, 240, 60), np.linspace(250, 10, 40)), -1)
PHOTO = np.concatenate([SMOOTH, SMOOTH.mean(-1, keepdims=True)], -1).astype(np.uint8)
"""A smooth picture in colour, which JPEG keeps well."""
ALPHA = np.arange(PHOTO[..., 0].size, dtype=np.uint8).reshape(PHOTO.shape[:2])
TURNED = Image.Exif()
TURNED[0x0112] = 6


def bytes_of(picture, kind="PNG", **save):
    """The bytes of a file."""
    file = io.BytesIO()
    picture = picture if isinstance(picture, Image.Image) else Image.fromarray(picture)
    picture.save(file, kind, **save)
    return file.getvalue()


COLOUR = Image.fromarray(PHOTO)
FRAMES = {"save_all": True, "append_images": [Image.fromarray(255 - PHOTO)], "duration": 50, "loop": 0}
GOOD = {
    "png": bytes_of(PHOTO),
    "random png": bytes_of(RANDOM.integers(0, 256, (23, 31, 3)).astype(np.uint8)),
    "grey": bytes_of(PHOTO[..., 0]),
    "palette": bytes_of(COLOUR.quantize(16)),
    "black and white": bytes_of(COLOUR.convert("1")),
    "bmp": bytes_of(PHOTO, "BMP"),
    "one pixel": bytes_of(PHOTO[:1, :1]),
    "one row": bytes_of(PHOTO[:1]),
    "gif": bytes_of(COLOUR.quantize(16), "GIF"),
    "animated gif": bytes_of(COLOUR.quantize(16), "GIF", **FRAMES),
    "jpeg": bytes_of(PHOTO, "JPEG"),
    "fine jpeg": bytes_of(PHOTO, "JPEG", quality=95, subsampling=0),
    "grey jpeg": bytes_of(PHOTO[..., 0], "JPEG"),
    "progressive jpeg": bytes_of(PHOTO, "JPEG", progressive=True),
    "cmyk jpeg": bytes_of(COLOUR.convert("CMYK"), "JPEG"),
}
"""What the graph and Zoo read alike, to the last bit."""
PREPARED = {
    "rgba": bytes_of(np.concatenate([PHOTO, ALPHA[..., None]], -1)),
    "grey with alpha": bytes_of(np.stack([PHOTO[..., 0], ALPHA], -1)),
    "transparent colour": bytes_of(COLOUR.quantize(16), transparency=0),
    "16 bits": bytes_of(PHOTO[..., 0].astype(np.uint16) * 256 + 250),
    "webp": bytes_of(PHOTO, "WEBP", lossless=True),
    "animated webp": bytes_of(COLOUR, "WEBP", lossless=True, **FRAMES),
    "tiff": bytes_of(PHOTO, "TIFF"),
    "turned jpeg": bytes_of(PHOTO, "JPEG", exif=TURNED),
    "turned png": bytes_of(PHOTO, exif=TURNED),
}
"""What a client or ``zoo serve`` has to bring into a form that the graph reads as Zoo does."""
BAD = {
    "no bytes": b"",
    "text": b"no picture",
    "truncated png": GOOD["random png"][:-300],
    "truncated jpeg": GOOD["jpeg"][:200],
    "truncated gif": GOOD["gif"][:100],
    "truncated bmp": GOOD["bmp"][:300],
    "a header alone": GOOD["png"][:40],
    "svg": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
}
"""What neither reads."""
