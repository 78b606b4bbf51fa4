import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

it('no npm script runs node again after setup has brought a newer one: its shell would keep to the first', () => {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };
  expect(scripts['start']).toContain('bin/setup.js');
  const twice = Object.entries(scripts).filter(([, script]) => /&&\s*node\s/.test(script));
  expect(twice).toEqual([]);
});
