import { Mangled, Unreadable } from './mangled.ts';
import { encoding } from './names.ts';

const LONGEST = 8192;

/**
 * The name of a C++ function as people write it: namespaces and template arguments, no parameters, and without what
 * compilers add to copies of a function (`.isra.0`). Reads the Itanium C++ ABI's names (chapter 5.1.1, "Mangling"), of
 * g++, clang and nvcc. A kernel's host stub (`__device_stub__Z…`, `__device_stub__name`) has the kernel's name, a
 * Rust function loses its hash. A name that is not mangled, or in a way unknown here, stays as it is.
 */
export function demangle(symbol: string): string {
  const mangled = symbol.replace(/^_+Z/, '_Z');
  if (!mangled.startsWith('_Z') || mangled.length > LONGEST) return withoutStub(symbol);
  try {
    const reading = new Mangled(
      mangled.replace(/[.$](?:isra|part|constprop|cold|llvm|lto_priv|clone)\b.*$/, ''),
    );
    reading.at = 2;
    return withoutStub(encoding(reading, false).replace(/::h[0-9a-f]{16}$/, ''));
  } catch (error) {
    if (error instanceof Unreadable) return symbol;
    throw error;
  }
}

/** nvcc puts `__device_stub_` before the mangled name, and mangles that once more; HIP before the plain one. */
function withoutStub(text: string): string {
  const inner = /^__device_stub_(_Z.+)$/.exec(text)?.[1];
  return inner ? demangle(inner) : text.replace(/\b__device_stub__/, '');
}
