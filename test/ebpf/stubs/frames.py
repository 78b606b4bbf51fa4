"""frames.py LIBRARY: calls the stub of libcudart from functions and lines that a test knows. Says "ready", waits for a
line, works in two threads, says "done", and ends with its input."""

import ctypes
import sys
import threading

cuda = ctypes.CDLL(sys.argv[1])


class Trainer:
    def step(self, size):
        padding = size * 2
        if padding > size:
            self.allocate(
                size
            )

    def allocate(self, size):
        memory = ctypes.c_void_p()
        cuda.cudaMalloc(
            ctypes.byref(memory), ctypes.c_size_t(size)
        )


def größe():
    yield Trainer().step(4096)


def other_thread():
    Trainer().allocate(8192)


def recurse(left):
    if left:
        recurse(left - 1)
    else:
        Trainer().allocate(100)


def main():
    list(größe())
    thread = threading.Thread(target=other_thread)
    thread.start()
    thread.join()
    recurse(50)


print("ready", flush=True)
sys.stdin.readline()
main()
print("done", flush=True)
sys.stdin.readline()
