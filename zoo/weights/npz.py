"""Weight files of NumPy (``.npz``): arrays by the keys of the weights, read without running what is in them."""

import io
import math
import zipfile

import numpy as np

from zoo.weights.file import FormatError

VERSIONS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}


def unpacked(content: bytes, source: str, most: int) -> dict[str, np.ndarray]:
    """The arrays of the file by name.

    Args:
        content: The whole file.
        source: What the message of an error calls it.
        most: Bytes of all arrays together; more are refused before anything is allocated.

    Raises ``FormatError`` if it is no such file, an array holds objects, or one is not as large as its header says.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            total = sum(member.file_size for member in archive.infolist())
            if total > most:
                raise FormatError(f"{source} holds {total:,} bytes. Expected: at most {most:,}.")
            return {member.filename.removesuffix(".npy"): _array(archive, member) for member in archive.infolist()}
    except FormatError:
        raise
    except (zipfile.BadZipFile, ValueError, EOFError, NotImplementedError, RuntimeError, OSError) as error:
        raise FormatError(f"{source} is not a readable .npz file: {error}.") from None
    except Exception as error:  # zlib.error, SyntaxError and others of a damaged header
        raise FormatError(f"{source} is not a readable .npz file: {type(error).__name__}: {error}.") from None


def _array(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> np.ndarray:
    name = member.filename
    with archive.open(member) as file:
        version = np.lib.format.read_magic(file)
        if version not in VERSIONS:
            raise FormatError(f"{name} has version {version} of the .npy format. Expected: 1.0 or 2.0.")
        shape, fortran, dtype = VERSIONS[version](file)
        if dtype.hasobject or dtype.kind not in "fiub":
            raise FormatError(f"{name} holds {dtype}, which may be a program. Expected: numbers.")
        data = file.read()
    if len(data) != math.prod(shape) * dtype.itemsize:
        raise FormatError(f"{name} has {len(data):,} bytes. Expected: an array {shape} of {dtype}.")
    return np.frombuffer(data, dtype).reshape(shape, order="F" if fortran else "C")
