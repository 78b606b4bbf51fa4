import { describe, expect, it } from 'vitest';
import { renderResult } from '../../src/agent/modes/tools/render/index.ts';

const lines = (name: string, value: unknown) => renderResult(name, value).join('\n').split('\n');

describe('results as tools mode shows them', () => {
  it('are tables, without columns that say nothing', () => {
    const items = ['a', 'b', 'c', 'd', 'e'].map((name, i) => ({
      namespace: 'shop',
      name,
      status: i === 4 ? 'Pending' : 'Running',
      lastSeen: `2026-11-21T04:0${i}:00Z`,
      node: i === 4 ? undefined : `node-${i}`,
      note: null,
      reason: i === 4 ? 'Unschedulable' : undefined,
    }));
    expect(lines('k8s.pods', { items, count: 5, problems: 1, truncated: false })).toEqual([
      '5 items, problems: 1',
      'all times are of 2026-11-21',
      'in every row: namespace: shop',
      'name\tstatus\tlastSeen\tnode',
      'a\tRunning\t04:00:00Z\tnode-0',
      'b\tRunning\t04:01:00Z\tnode-1',
      'c\tRunning\t04:02:00Z\tnode-2',
      'd\tRunning\t04:03:00Z\tnode-3',
      'e\tPending\t04:04:00Z\t-\treason: Unschedulable',
    ]);
  });

  it('state a long value that most rows have once, and every exception', () => {
    const items = Array.from({ length: 6 }, (_, i) => ({
      kind: `K${i}`,
      verbs: i === 3 ? ['get'] : ['create', 'delete', 'get'],
    }));
    const text = renderResult('k8s.apiResources', { items })[0]!;
    expect(text).toContain('unless a row says otherwise: verbs: [create, delete, get]');
    expect(text).toContain('K3\tverbs: [get]');
    expect(text.match(/create/g)).toHaveLength(1);
  });

  it('keep what could be misread: texts that look like numbers, blanks at an end, line breaks', () => {
    const spec = {
      ports: [{ port: 80, targetPort: '8080' }],
      value: 'ends with a blank ',
      script: `set -e\nrun ${'x'.repeat(150)}\n`,
      empty: {},
      none: null,
    };
    expect(lines('k8s.get', { kind: 'Thing', spec })).toEqual([
      'kind: Thing',
      'spec:',
      '  ports: [{port: 80, targetPort: "8080"}]',
      '  value: "ends with a blank "',
      '  script: |',
      '    set -e',
      `    run ${'x'.repeat(150)}`,
      '  empty: {}',
    ]);
  });

  it('leave out what servers add to every object, unless it was asked for', () => {
    const whole = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'web', uid: 'u-1', creationTimestamp: '2026-11-21T04:00:00Z', resourceVersion: '7' },
      spec: {
        dnsPolicy: 'ClusterFirst',
        restartPolicy: 'Never',
        containers: [
          {
            name: 'app',
            image: 'web:1',
            volumeMounts: [
              { name: 'kube-api-access-x', mountPath: '/var/run/secrets/kubernetes.io/serviceaccount' },
            ],
          },
        ],
        volumes: [
          { name: 'kube-api-access-x', projected: { sources: [] } },
          { name: 'tmp', emptyDir: {} },
        ],
      },
    };
    const text = renderResult('k8s.get', whole)[0]!;
    expect(text).not.toMatch(/u-1|ClusterFirst|kube-api-access|resourceVersion/);
    expect(text).toMatch(/restartPolicy: Never/);
    expect(text).toMatch(/name: tmp, emptyDir: \{\}/);
    const selected = { items: [{ kind: 'Pod', metadata: { name: 'web', uid: 'u-1' } }], count: 1 };
    expect(renderResult('k8s.list', selected)[0]).toContain('u-1');
  });

  it('show logs as they were written, repetitions counted', () => {
    const value = {
      pod: 'web-0',
      container: 'app',
      previous: true,
      lines: ['start', 'retry', 'retry', 'retry', 'retry', '  at main.go:7'],
      truncated: false,
    };
    expect(lines('k8s.logs', value)).toEqual([
      'pod web-0, container app; the run before the last restart',
      'start',
      'retry',
      '(the same line 3 more times)',
      '  at main.go:7',
    ]);
  });

  it('group matches by container, and count those that are not shown', () => {
    const match = { namespace: 'shop', pod: 'web-0', container: 'app', time: '2026-11-21T04:00:01Z' };
    const value = {
      matches: [
        { ...match, line: 'ERROR no database' },
        { ...match, line: '04:00:01 ERROR again' },
      ],
      counts: { 'shop/web-0': 9 },
      total: 9,
      truncated: true,
      podsSearched: 3,
      linesSearched: 500,
    };
    expect(lines('k8s.grepLogs', value)).toEqual([
      '9 lines match, 2 shown; searched 500 lines of 3 pods',
      'matches by pod: {shop/web-0: 9}',
      'shop/web-0 app:',
      '2026-11-21T04:00:01Z ERROR no database',
      '04:00:01 ERROR again',
    ]);
  });

  it('are cut between rows, every page with its header and no row lost', () => {
    const items = Array.from({ length: 1000 }, (_, i) => ({
      name: `pod-${i}`,
      message: `what ${i} says of itself`,
    }));
    const pages = renderResult('k8s.list', { items, count: 1000 });
    expect(pages.length).toBeGreaterThan(2);
    for (const page of pages) {
      expect(page.length).toBeLessThanOrEqual(10_000);
      expect(page).toContain('name\tmessage\n');
    }
    const rows = pages.flatMap(page => page.split('\n')).filter(line => line.startsWith('pod-'));
    expect(rows).toEqual(items.map(item => `${item.name}\t${item.message}`));
    const log = { pod: 'a', container: 'b', lines: ['x'.repeat(25_000), 'last'] };
    const logPages = renderResult('k8s.logs', log);
    expect(logPages[0]).toContain('last');
    expect(logPages.join('').match(/x/g)).toHaveLength(25_000);
  });

  it('keep the lines of a diff', () => {
    const diff = [
      '--- revision 1',
      '+++ revision 2',
      '@@ -1,3 +1,3 @@',
      ' spec:',
      '-  image: web:1',
      '+  image: web:2',
    ];
    const revision = { createdAt: '2026-11-21T04:00:00Z', images: ['web:2'] };
    const items = [
      { revision: 2, ...revision, diff: diff.join('\n') },
      { revision: 1, ...revision },
    ];
    const text = lines('k8s.rolloutHistory', { items });
    expect(text).toEqual(expect.arrayContaining(diff.map(line => `    ${line}`)));
  });

  it('say so when there is nothing', () => {
    expect(renderResult('k8s.list', { items: [], count: 0, truncated: false })).toEqual(['0 items']);
    expect(renderResult('k8s.get', null)).toEqual(['(nothing)']);
  });
});
