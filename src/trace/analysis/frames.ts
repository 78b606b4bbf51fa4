import { demangle } from '../symbols/index.ts';

/** One row of `trace_stacks`, without the number of the stack. */
export interface FrameRow {
  kind: string | null;
  name: string | null;
  module: string | null;
  offset: number | null;
  line: number | null;
}

/** What every CUDA program brings along: nobody looks for a cause in its name. */
const LIBRARY =
  /^(?:lib(?:cuda|cudart|cublas|cublasLt|cudnn\w*|cufft\w*|curand|cusparse\w*|cusolver\w*|nccl|nvrtc\S*|nvJitLink|nvinfer\w*|torch\w*|c10\w*|tensorflow\w*|xla\w*|jax\w*|python[\d.]*\w*|c|m|dl|pthread|stdc\+\+|gcc_s|gomp|uv)|ld-linux\S*|ld-musl\S*)[-.\d]*(?:\.so\b|\.abi|$)|^(?:python[\d.]*|node|\[vdso\])$/;
const API = /^(?:__)?(?:cuda[A-Z_]|cu[A-Z]|nccl[A-Z])/;
const PACKAGES = /(?:site|dist)-packages\/|\/lib(?:64)?\/python\d|\/node_modules\/|^node:|^</;

const fileOf = (path: string) => path.slice(path.lastIndexOf('/') + 1);

/** `Trainer.step (train.py:42)`, `at::native::copy_ (libtorch_cpu.so)`, `libfoo.so+0x1f40`. */
export function frameText({ kind, name, module, offset, line }: FrameRow): string {
  const file = module ? fileOf(module) : undefined;
  const place = file && line && kind !== 'native' ? `${file}:${line}` : file;
  if (name) return place ? `${demangle(name)} (${place})` : demangle(name);
  if (!file) return kind === 'native' ? 'code of no file' : 'unknown function';
  return offset === null ? file : `${file}+0x${offset.toString(16)}`;
}

/** Whether a frame is the function that was called, or its variant for a thread's own default stream. */
export function isSameFunction(name: string | null | undefined, fn: string): boolean {
  return name?.replace(/_pt[ds][sz]$/, '') === fn;
}

/** Whether it is the program's own code, and not CUDA's, a framework's or a language's. */
export function isOwnCode({ kind, name, module }: FrameRow): boolean {
  if (kind !== 'native') return module !== null && !PACKAGES.test(module);
  if (module === null || LIBRARY.test(fileOf(module))) return false;
  return !API.test(name ?? '');
}

/** Where threads begin: a stack that reaches one of these is whole. Without its inner names, libc is where they are. */
const ROOT =
  /^(?:_start|__libc_start\w*|main|clone3?|__clone3?|start_thread|thread_start|\(below main\)|node::Start|PyInit_\w+)$/;
const ROOT_FILE = /^(?:libc|libpthread|ld-linux\S*|ld-musl\S*|libc\.musl\S*)[-.]/;

/** The file in which a stack ends too early: what is outside of there could not be seen. */
export function brokenIn(frames: readonly FrameRow[]): string | undefined {
  const last = frames.findLast(({ kind }) => kind === 'native');
  if (!last?.module || frames.at(-1) !== last) return undefined;
  const file = fileOf(last.module);
  return ROOT_FILE.test(file) || ROOT.test(last.name ?? '') ? undefined : file;
}
