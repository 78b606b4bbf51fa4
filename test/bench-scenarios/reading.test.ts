import { describe, expect, it } from 'vitest';
import { textOfPages, unreadPages } from '../../src/bench/policies/pages.ts';
import { readBlocks } from '../../src/bench/policies/read-blocks.ts';
import { readMatches } from '../../src/bench/policies/read-matches.ts';
import { nested, readTable } from '../../src/bench/policies/read-table.ts';

describe('what policies read of tools', () => {
  it('puts back what a table says once for all rows', () => {
    const text = [
      '2 items',
      'all times are of 2026-11-20',
      'in every row: kind: Pod, spec.containers: [{name: app, image: a:1}], problem: true',
      'name\tnamespace\tat',
      'cart-1\tshop\t02:05:00Z',
      'web-1\tstore\t-\tlastExit: {code: 1, reason: Error}',
    ].join('\n');
    const [first, second] = readTable(text);
    expect(first).toMatchObject({
      name: 'cart-1',
      namespace: 'shop',
      at: '2026-11-20T02:05:00Z',
      problem: 'true',
    });
    expect(nested(first!['spec.containers'])).toEqual([{ name: 'app', image: 'a:1' }]);
    expect(second).toMatchObject({ name: 'web-1', lastExit: '{code: 1, reason: Error}' });
    expect(second).not.toHaveProperty('at');
  });

  it('reads a list of one, which is told as a block', () => {
    const text =
      '1 items\n- kind: StatefulSet\n  metadata: {name: loki, namespace: obs}\n  spec: {containers: [{image: loki:3}]}';
    expect(readTable(text)).toEqual([
      { kind: 'StatefulSet', name: 'loki', namespace: 'obs', 'spec.containers': '[ { image: loki:3 } ]' },
    ]);
  });

  it('reads tables inside blocks', () => {
    const text =
      '- env:\n  name\tvalue\n  A\tx\n  B\t-\tvalueFrom.secretKeyRef: {name: s, key: k}\n  image: a:1';
    expect(readBlocks(text)).toEqual([
      {
        env: [
          { name: 'A', value: 'x' },
          { name: 'B', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } },
        ],
        image: 'a:1',
      },
    ]);
  });

  it('asks for the pages that are left, and joins them without their headers', () => {
    const first = 'name\tage\na\t1\n[page 1 of 3; the next: k8s_pods({"page":2})]';
    expect(unreadPages({ name: 'k8s.pods', input: { namespace: '*' } }, first)).toEqual([
      { name: 'k8s.pods', input: { namespace: '*', page: 2 } },
      { name: 'k8s.pods', input: { namespace: '*', page: 3 } },
    ]);
    const later = ['name\tage\nb\t2\n[page 2 of 3; the next: …]', 'name\tage\nc\t3\n[page 3 of 3, the last]'];
    expect(textOfPages([first, ...later])).toBe('name\tage\na\t1\nb\t2\nc\t3');
    expect(unreadPages({ name: 'k8s.pods', input: {} }, later[1]!)).toEqual([]);
  });

  it('counts matches by pod, listed or shown', () => {
    const listed =
      '9 lines match, 1 shown; searched 20 lines of 2 pods\nmatches by pod: {shop/a-1: 4, shop/b-1: 5}';
    expect(readMatches(listed)).toMatchObject({
      total: 9,
      counts: new Map([
        ['shop/a-1', 4],
        ['shop/b-1', 5],
      ]),
    });
    const shown =
      '3 lines match; searched 20 lines of 2 pods\nshop/a-1 app:\n2026-11-20T02:33:00Z boom\n(the same line 2 more times)';
    expect(readMatches(shown)).toEqual({
      total: 3,
      counts: new Map([['shop/a-1', 3]]),
      first: new Map([['shop/a-1', '2026-11-20T02:33:00']]),
    });
  });
});
