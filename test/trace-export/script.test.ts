import { expect, it } from 'vitest';
import { openTraces } from '../../src/trace/index.ts';
import { writeBundle } from '../helpers/bundle.ts';
import { openTestSession } from '../helpers/session.ts';
import { recordedFile } from './recorded.ts';

it('tells scripts where calls come from', async () => {
  const bundle = writeBundle([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } }]);
  const code = `const { sites, functions } = await trace.stacks({ fn: 'memcpy', limit: 1 });
    return [sites[0]?.site, functions[0]?.stacks[0]?.frames.length];`;
  const session = await openTestSession(
    bundle,
    [{ text: `Looking.\n\`\`\`ts\n${code}\n\`\`\`` }, { text: 'Done.' }],
    { traces: await openTraces([recordedFile()]) },
  );
  await session.controller.ask('which code copies to the GPU?');
  const [finished] = session.of('script-finished');
  await session.controller.close();
  expect(finished?.ok && finished.result).toBe(JSON.stringify(['Trainer.step (train.py:42)', 5]));
});
