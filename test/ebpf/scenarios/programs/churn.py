"""churn.py LIBRARY: two threads that allocate and free a buffer for every step. Says "ready", waits for a line, works,
says "done", and ends with its input."""

import ctypes
import sys
import threading

cuda = ctypes.CDLL(sys.argv[1])


class Grid(ctypes.Structure):
    _fields_ = [("x", ctypes.c_uint), ("y", ctypes.c_uint), ("z", ctypes.c_uint)]


def make_buffer():
    memory = ctypes.c_void_p()
    cuda.cudaMalloc(ctypes.byref(memory), ctypes.c_size_t(8 << 20))
    return memory


def train():
    for _ in range(150):
        memory = make_buffer()
        cuda.cudaFree(memory)


print("ready", flush=True)
sys.stdin.readline()
threads = [threading.Thread(target=train) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print("done", flush=True)
sys.stdin.readline()
