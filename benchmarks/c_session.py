"""A SavedModel in a TensorFlow session by the C API, as a server in C++ runs it, through ctypes."""

import ctypes
import pathlib

import numpy as np
import tensorflow as tf
from tensorflow.core.protobuf import saved_model_pb2

HOME = pathlib.Path(tf.__file__).parent
FLOAT = 1
POINTER, INTEGER, TEXT = ctypes.c_void_p, ctypes.c_int64, ctypes.c_char_p


class Place(ctypes.Structure):
    """``TF_Output``: an operation and the number of its output."""

    _fields_ = [("operation", POINTER), ("index", ctypes.c_int)]


def library():
    """The wheel's library with the types of what is called here."""
    c = ctypes.CDLL(str(HOME / "libtensorflow_cc.so.2"))
    for name in ("NewStatus", "NewGraph", "NewSessionOptions", "GraphOperationByName", "AllocateTensor", "TensorData"):
        getattr(c, f"TF_{name}").restype = POINTER
    c.TF_LoadSessionFromSavedModel.restype, c.TF_Message.restype, c.TF_Dim.restype = POINTER, TEXT, INTEGER
    return c


class Session:
    """One signature of floats to floats; ``threads`` compute each operation."""

    def __init__(self, folder, signature, given, asked, threads):
        self.c, self.status, self.graph = library(), None, None
        self.status, self.graph = POINTER(self.c.TF_NewStatus()), POINTER(self.c.TF_NewGraph())
        options = POINTER(self.c.TF_NewSessionOptions())
        settings = tf.compat.v1.ConfigProto(intra_op_parallelism_threads=threads, inter_op_parallelism_threads=1)
        settings = settings.SerializeToString()
        self.c.TF_SetConfig(options, settings, ctypes.c_size_t(len(settings)), self.status)
        tags = (TEXT * 1)(b"serve")
        self.session = POINTER(
            self.c.TF_LoadSessionFromSavedModel(
                options, None, str(folder).encode(), tags, 1, self.graph, None, self.status
            )
        )
        self.check()
        saved = saved_model_pb2.SavedModel.FromString((pathlib.Path(folder) / "saved_model.pb").read_bytes())
        of = saved.meta_graphs[0].signature_def[signature]
        self.given, self.asked = (Place * 1)(self.place(of.inputs[given])), (Place * 1)(self.place(of.outputs[asked]))

    def check(self):
        if self.c.TF_GetCode(self.status):
            raise RuntimeError(self.c.TF_Message(self.status).decode())

    def place(self, info):
        name, _, index = info.name.partition(":")
        return Place(self.c.TF_GraphOperationByName(self.graph, name.encode()), int(index))

    def __call__(self, images):
        images = np.ascontiguousarray(images, np.float32)
        shape = (INTEGER * images.ndim)(*images.shape)
        tensor = POINTER(self.c.TF_AllocateTensor(FLOAT, shape, images.ndim, ctypes.c_size_t(images.nbytes)))
        ctypes.memmove(self.c.TF_TensorData(tensor), images.ctypes.data, images.nbytes)
        inputs, outputs = (POINTER * 1)(tensor), (POINTER * 1)()
        self.c.TF_SessionRun(
            *(self.session, None, self.given, inputs, 1, self.asked, outputs, 1, None, 0, None, self.status)
        )
        self.c.TF_DeleteTensor(tensor)
        self.check()
        found = POINTER(outputs[0])
        shape = [self.c.TF_Dim(found, axis) for axis in range(self.c.TF_NumDims(found))]
        data = ctypes.cast(self.c.TF_TensorData(found), ctypes.POINTER(ctypes.c_float))
        values = np.ctypeslib.as_array(data, shape).copy()
        self.c.TF_DeleteTensor(found)
        return values
