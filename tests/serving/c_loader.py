"""SavedModels by TensorFlow's C API through ctypes, in a process that can import neither TensorFlow nor Zoo nor Keras.

It is what a server in C++ does: ``TF_LoadSessionFromSavedModel``, ``TF_SessionRun``. The process reads pickles of
``(folder of a version, [(signature, input), …])`` from its input, where an input is an array or a list of bytes, and
writes for each a dictionary of outputs by name or ``(code, message)`` of the status.
"""

import ctypes
import importlib.util
import pathlib
import pickle
import sys

import numpy as np

HOME = pathlib.Path(importlib.util.find_spec("tensorflow").origin).parent  # found, not imported
sys.modules.update(dict.fromkeys(("tensorflow", "zoo", "keras", "tf_keras")))  # importing them raises ImportError
ctypes.CDLL(str(HOME / "libtensorflow_framework.so.2"), ctypes.RTLD_GLOBAL)
C = ctypes.CDLL(str(HOME / "libtensorflow_cc.so.2"), ctypes.RTLD_GLOBAL)
DTYPES = {1: np.float32, 3: np.int32, 4: np.uint8, 9: np.int64, 10: np.bool_}
"""NumPy's of TensorFlow's numbers of types."""
STRING, STRING_BYTES = 7, 24
POINTER, SIZE, TEXT = ctypes.c_void_p, ctypes.c_size_t, ctypes.c_char_p
RESULTS = {
    **dict.fromkeys(("NewStatus", "NewGraph", "NewSessionOptions", "NewBuffer", "GraphOperationByName"), POINTER),
    **dict.fromkeys(("LoadSessionFromSavedModel", "AllocateTensor", "TensorData"), POINTER),
    **{"Message": TEXT, "StringGetDataPointer": POINTER, "StringGetSize": SIZE, "Dim": ctypes.c_int64},
}
for _name, _type in RESULTS.items():
    getattr(C, f"TF_{_name}").restype = _type


class Place(ctypes.Structure):
    """``TF_Output``: an operation and the number of its output."""

    _fields_ = [("operation", POINTER), ("index", ctypes.c_int)]


class Buffer(ctypes.Structure):
    """``TF_Buffer``."""

    _fields_ = [("data", POINTER), ("length", SIZE), ("deallocator", POINTER)]


class Refused(Exception):
    """A status that is not OK: its code and message."""


class Status:
    """``TF_Status``, which raises ``Refused`` behind a block unless it is OK."""

    def __enter__(self):
        self.pointer = POINTER(C.TF_NewStatus())
        return self.pointer

    def __exit__(self, *_):
        code, message = C.TF_GetCode(self.pointer), C.TF_Message(self.pointer).decode("utf-8", "replace")
        C.TF_DeleteStatus(self.pointer)
        if code:
            raise Refused(code, message)


def fields(message):
    """The fields of a protocol buffer: (number, bytes or integer)."""
    place = 0

    def varint():
        nonlocal place
        value = shift = 0
        while True:
            byte = message[place]
            value, shift, place = value | (byte & 127) << shift, shift + 7, place + 1
            if byte < 128:
                return value

    while place < len(message):
        number, kind = divmod(varint(), 8)
        if kind == 0:
            yield number, varint()
            continue
        length = {1: 8, 5: 4}.get(kind) or varint()
        yield number, message[place : place + length]
        place += length


def entries(message, number):
    """A map of a protocol buffer from strings to messages."""
    pairs = (dict(fields(value)) for key, value in fields(message) if key == number)
    return {pair[1].decode(): pair[2] for pair in pairs}


def tensor(value):
    """``TF_Tensor`` of an array or of a list of bytes."""
    if isinstance(value, list):
        shape, size, dtype = (len(value),), STRING_BYTES * len(value), STRING
    else:
        value = np.ascontiguousarray(value)
        shape, size = value.shape, value.nbytes
        dtype = next(number for number, each in DTYPES.items() if each == value.dtype)
    made = POINTER(C.TF_AllocateTensor(dtype, (ctypes.c_int64 * len(shape))(*shape), len(shape), SIZE(size)))
    start = C.TF_TensorData(made)
    if dtype != STRING:
        ctypes.memmove(start, value.ctypes.data, size)
        return made
    for number, each in enumerate(value):
        text = POINTER(start + number * STRING_BYTES)
        C.TF_StringInit(text)
        C.TF_StringCopy(text, each, SIZE(len(each)))
    return made


def array(made):
    """The array of a ``TF_Tensor``."""
    shape = [C.TF_Dim(made, number) for number in range(C.TF_NumDims(made))]
    start, dtype, count = C.TF_TensorData(made), C.TF_TensorType(made), int(np.prod(shape))
    if dtype != STRING:
        raw = ctypes.string_at(start, count * np.dtype(DTYPES[dtype]).itemsize)
        return np.frombuffer(raw, DTYPES[dtype]).reshape(shape)
    texts = [POINTER(start + number * STRING_BYTES) for number in range(count)]
    read = [ctypes.string_at(C.TF_StringGetDataPointer(text), C.TF_StringGetSize(text)).decode() for text in texts]
    return np.array(read).reshape(shape)


class Session:
    """The session of a SavedModel, and its signatures."""

    def __init__(self, folder):
        self.graph, described = POINTER(C.TF_NewGraph()), Buffer()
        tags = (TEXT * 1)(b"serve")
        with Status() as status:
            options = POINTER(C.TF_NewSessionOptions())
            self.session = POINTER(
                C.TF_LoadSessionFromSavedModel(
                    options, None, str(folder).encode(), tags, 1, self.graph, ctypes.byref(described), status
                )
            )
        meta = ctypes.string_at(described.data, described.length)
        self.signatures = {
            name: [entries(message, part) for part in (1, 2)] for name, message in entries(meta, 5).items()
        }

    def place(self, info):
        """``TF_Output`` of a ``TensorInfo``."""
        name, _, number = dict(fields(info))[1].decode().partition(":")
        return Place(C.TF_GraphOperationByName(self.graph, name.encode()), int(number))

    def run(self, signature, value):
        """The outputs of a signature by name."""
        (given,), outputs = self.signatures[signature][0].values(), self.signatures[signature][1]
        places = (Place * len(outputs))(*(self.place(info) for info in outputs.values()))
        fed, found = tensor(value), (POINTER * len(outputs))()
        feeds = (Place * 1)(self.place(given)), (POINTER * 1)(fed), 1
        try:
            with Status() as status:
                C.TF_SessionRun(self.session, None, *feeds, places, found, len(outputs), None, 0, None, status)
            return {name: array(POINTER(each)) for name, each in zip(outputs, found, strict=True)}
        finally:
            for each in (fed, *(POINTER(each) for each in found if each)):
                C.TF_DeleteTensor(each)


def answer(session, signature, value):
    try:
        return session.run(signature, value)
    except Refused as refused:
        return refused.args


def main():
    sessions = {}
    while True:
        try:
            folder, asked = pickle.load(sys.stdin.buffer)
        except EOFError:
            return
        if folder not in sessions:
            sessions[folder] = Session(folder)
        pickle.dump([answer(sessions[folder], *each) for each in asked], sys.stdout.buffer)
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
