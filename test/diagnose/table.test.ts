import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MODE_TABLE } from '../../src/capabilities/diagnose/mode-table.ts';
import type { Finding } from '../../src/capabilities/diagnose/types.ts';
import { CAPTURES, questionsOf, writeCapture } from '../fixtures/captures/write.ts';
import { INCIDENTS } from '../fixtures/incidents/index.ts';
import { writeIncidents } from '../fixtures/incidents/write.ts';
import { openDesk } from '../llm-offline/harness.ts';

const README = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
/** The table that the README must hold, row by row. */
function table(): string {
  const rows = Object.entries(MODE_TABLE).map(
    ([name, { what, decidedBy, where }]) => `| \`${name}\` | ${what} | ${decidedBy} | ${where} |`,
  );
  return ['| Mode | What it is | What decides it | Field or event |', '|---|---|---|---|', ...rows].join(
    '\n',
  );
}

describe('the table of what kv can tell', () => {
  it('stands in the README as the code has it', () => {
    const start = README.indexOf('| Mode | What it is |');
    const end = README.indexOf('\n\n', start);
    expect(README.slice(start, end)).toBe(table());
  });

  it('has a row for every finding in the corpus, and a finding for every row', async () => {
    const root = mkdtempSync(join(tmpdir(), 'kv-table-'));
    const places = [
      {
        folder: writeIncidents(join(root, 'incidents'), INCIDENTS),
        namespaces: INCIDENTS.map(item => item.namespace),
      },
      ...CAPTURES.map(name => ({
        folder: writeCapture(name, join(root, name)),
        namespaces: questionsOf(name).map(question => question.namespace),
      })),
    ];
    const found = new Set<string>();
    for (const { folder, namespaces } of places) {
      const desk = await openDesk(folder);
      for (const namespace of new Set(namespaces)) {
        const { findings } = (await desk.call('diagnose.namespace', { namespace })) as {
          findings: Finding[];
        };
        for (const finding of findings) found.add(finding.mode);
      }
      const { findings } = (await desk.call('diagnose.cluster', { limit: 500 })) as { findings: Finding[] };
      for (const finding of findings) found.add(finding.mode);
      await desk.close();
    }
    rmSync(root, { recursive: true, force: true });
    expect([...found].toSorted()).toEqual(Object.keys(MODE_TABLE).toSorted());
  });

  it('counts what the corpus holds', () => {
    const captured = CAPTURES.flatMap(name => questionsOf(name));
    const healthy = captured.filter(({ id }) => id.startsWith('healthy'));
    expect(captured.length - healthy.length).toBeGreaterThanOrEqual(60);
    expect(healthy.length).toBeGreaterThanOrEqual(10);
  });
});
