import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { demangle } from '../../src/trace/symbols/index.ts';

/** Names of PyTorch's libraries and of g++, with what `c++filt -p` prints for them. */
const LINES = readFileSync(new URL('../fixtures/symbols/demangled.tsv', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map(line => line.split('\t') as [mangled: string, plain: string]);

/** binutils writes `> >`. */
const closed = (text: string) => text.replace(/> (?=>)/g, '>').replace(/(?<=\w|\)) (?=\[|\()/g, '');

it.each(LINES)('reads %s as binutils does', (mangled, plain) => {
  expect(closed(demangle(mangled))).toBe(closed(plain));
});

it('gives a kernel its name, however its host stub is called', () => {
  const stubs = [
    '_Z5saxpyPfi',
    '_ZL5saxpyPfi',
    '_ZL25__device_stub__Z5saxpyPfiPfi',
    '__device_stub__Z5saxpyPfi',
    '_Z20__device_stub__saxpyPfi',
  ];
  expect(stubs.map(demangle)).toEqual(stubs.map(() => 'saxpy'));
});

it('leaves out parameters, of the functions around a lambda too, and what compilers add', () => {
  expect(demangle('_ZZN2at6native4copyERNS_6TensorEENKUlfE0_clEf.isra.0')).toBe(
    'at::native::copy()::{lambda(float)#2}::operator()',
  );
  expect(demangle('_Z4viafIXadL_Z6targetiEEEvv')).toBe('viaf<&target>');
  expect(demangle('_ZN4core3fmt5write17h0123456789abcdefE')).toBe('core::fmt::write');
});

it('leaves alone what it cannot read', () => {
  const deep = `_Z1fI${'1AI'.repeat(500)}E`;
  const back = `_ZN1a1bI${'S_'.repeat(9)}`;
  for (const name of [
    'main',
    '',
    '_Z',
    '_ZN',
    '_Z9',
    '_ZN3foo',
    '_ZS9_v',
    '_ZNSt',
    '_RNvC3foo3bar',
    deep,
    back,
  ])
    expect(demangle(name)).toBe(name);
});

/** `f<A<int, int>, A<…, …>, …>`, each argument twice the one before it. */
function doubling(times: number): string {
  const id = (at: number) => `S${at.toString(36).toUpperCase()}_`;
  const args = Array.from({ length: times }, (_, at) => `S0_I${id(at + 1)}${id(at + 1)}E`);
  return `_Z1fI1AIiiE${args.join('')}Ev`;
}

it('does not grow with names that refer back to themselves', () => {
  expect(demangle(doubling(1))).toBe('f<A<int, int>, A<A<int, int>, A<int, int>>>');
  const started = performance.now();
  expect(demangle(doubling(34))).toBe(doubling(34));
  expect(performance.now() - started).toBeLessThan(2_000);
});
