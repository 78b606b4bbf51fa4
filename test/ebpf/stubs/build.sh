#!/bin/sh
# build.sh <folder>: the stub libraries, and the programs that call them, linked with them in each way there is.
# Neither endbr64 nor optimisation: the functions begin with push, as NVIDIA's do, which the kernel probes cheaply.
set -eu
out=$1
here=$(cd "$(dirname "$0")" && pwd)
flags="-O0 -g -Wall -Wextra -fcf-protection=none -fno-omit-frame-pointer"
mkdir -p "$out"
gcc $flags -fPIC -shared -Wl,-soname,libcuda.so.1 -o "$out/libcuda.so.1" "$here/cuda.c"
gcc $flags -fPIC -shared -Wl,-soname,libcudart.so.13 -o "$out/libcudart.so.13" "$here/cudart.c" "$out/libcuda.so.1" -Wl,-rpath,"$out"
gcc $flags -o "$out/program" "$here/program.c" "$out/libcudart.so.13" "$out/libcuda.so.1" -Wl,-rpath,"$out" -lpthread
gcc $flags -static -o "$out/program-static" "$here/program.c" "$here/cudart.c" "$here/cuda.c" -lpthread
gcc $flags -DLATE -o "$out/program-late" "$here/program.c" -Wl,-rpath,"$out" -ldl
gcc $flags -O1 -o "$out/kernel" "$here/kernel.c" -lpthread
gcc $flags -fPIC -shared -Wl,-soname,libnccl.so.2 -o "$out/libnccl.so.2" "$here/nccl.c"
gcc $flags -o "$out/program-nccl" "$here/nccl-program.c" "$out/libnccl.so.2" -Wl,-rpath,"$out"
gcc $flags -fPIC -shared -o "$out/libplugin.so" "$here/cudart.c" "$here/kernels.c" "$out/libcuda.so.1" -Wl,-rpath,"$out"
# As nvcc leaves them: with kernels in a section of its own, and stripped.
gcc $flags -s -o "$out/program-stripped" "$here/program.c" "$here/kernels.c" "$out/libcudart.so.13" "$out/libcuda.so.1" -Wl,-rpath,"$out" -lpthread
gcc $flags -s -o "$out/program-stripped-static" "$here/program.c" "$here/kernels.c" "$here/cudart.c" "$out/libcuda.so.1" -Wl,-rpath,"$out" -lpthread
