#!/bin/sh
# build.sh <folder>: the programs of the scenarios and the libraries that they are linked with.
set -eu
out=$1
here=$(cd "$(dirname "$0")" && pwd)
flags="-O0 -g -Wall -Wextra -fcf-protection=none -fno-omit-frame-pointer"
mkdir -p "$out"
gcc $flags -fPIC -shared -Wl,-soname,libcudart.so.13 -o "$out/libcudart.so.13" "$here/gpu.c" -lpthread
gcc $flags -fPIC -shared -Wl,-soname,libnccl.so.2 -o "$out/libnccl.so.2" "$here/nccl.c" "$out/libcudart.so.13" -Wl,-rpath,"$out"
gcc $flags -rdynamic -o "$out/train" "$here/train.c" "$out/libcudart.so.13" "$out/libnccl.so.2" -Wl,-rpath,"$out" -lpthread
gcc $flags -O2 -o "$out/neighbour" "$here/neighbour.c"
gcc $flags -fPIC -shared -o "$out/addon.node" "$here/addon.c" "$out/libcudart.so.13" -Wl,-rpath,"$out"
