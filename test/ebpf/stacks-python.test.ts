import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { startPython } from './support/python.ts';
import { builtFile, trace } from './support/start.ts';

const script = fileURLToPath(new URL('stubs/frames.py', import.meta.url));

describe.each(['3.13', '3.14'] as const)('CPython %s', release => {
  test('a call has the functions and lines of Python that it was made from, in each thread', async () => {
    await using program = await startPython(release, [script, builtFile('libcudart.so.13')]);
    await using tracer = await trace(program, '--all', '--stacks', '--no-host');
    await program.finish();
    await tracer.stop();

    const code = new Map(tracer.of('code').map(each => [each.id, each]));
    const stacks = new Map(tracer.of('stack').map(each => [each.id, each]));
    const [main, thread, deep] = tracer.calls('cudaMalloc').map(call => {
      const stack = stacks.get(call.stack)!;
      return { stack, frames: stack.python.map(frame => `${code.get(frame.code)!.name}:${frame.line}`) };
    });
    expect(main!.frames).toEqual([
      ...['Trainer.allocate:21', 'Trainer.step:15', 'größe:27', 'main:42', '<module>:51'],
    ]);
    expect(thread!.frames.slice(0, 2)).toEqual(['Trainer.allocate:21', 'other_thread:31']);
    expect(thread!.frames[2]).toMatch(/^Thread\.run:/);
    expect(deep!.frames.slice(0, 3)).toEqual(['Trainer.allocate:21', 'recurse:38', 'recurse:36']);
    expect(deep!.stack).toMatchObject({ cut: true });
    expect(deep!.frames).toHaveLength(32);

    const allocate = tracer.of('code').filter(each => each.name === 'Trainer.allocate');
    expect(allocate).toMatchObject([{ file: script, firstLine: 19, pid: program.pid }]);
    const [inner] = tracer.calls('cuMemAlloc_v2');
    expect(stacks.get(inner!.stack)!.python).toEqual(main!.stack.python);
  });
});
