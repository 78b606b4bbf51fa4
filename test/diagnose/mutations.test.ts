import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Finding } from '../../src/capabilities/diagnose/types.ts';
import { CAPTURES, type CaptureLine, questionsOf, writeCapture } from '../fixtures/captures/write.ts';
import { openDesk } from '../llm-offline/harness.ts';

/** What remains of a capture: events last an hour on a cluster, and logs go with their containers. */
type Change = (line: CaptureLine) => CaptureLine | undefined;
const MUTATIONS: Record<string, Change> = {
  'without events': line => (/\/events\//.test(line.file) ? undefined : line),
  'without logs': line => (/\/pods\/logs\//.test(line.file) ? undefined : line),
  'without events and logs': line => (/\/events\/|\/pods\/logs\//.test(line.file) ? undefined : line),
};
/** As Kubernetes 1.27 with an earlier containerd words it. */
const EARLIER: Array<[RegExp, string]> = [
  [/no new claims to deallocate, /g, ''],
  [/untolerated taint\(s\)/g, 'untolerated taint {kwok.x-k8s.io/node: fake}'],
  [/(Back-off pulling image \\"[^"]*\\")(?:: ErrImagePull: (?:[^"\\]|\\.)*)/g, '$1'],
  [/(Failed to pull image \\"[^"]*\\": )(?!rpc error)/g, '$1rpc error: code = Unknown desc = '],
  [/tls: failed to verify certificate: x509/g, 'x509'],
];
const earlier: Change = line => ({
  file: line.file,
  json: JSON.parse(
    EARLIER.reduce((text, [from, to]) => text.replace(from, to), JSON.stringify(line.json ?? null)),
  ),
  ...(line.text === undefined ? {} : { text: line.text }),
});
const UNSEEN: Change = line =>
  /\/(?:secrets|configmaps|roles|rolebindings)\/|\/nodes\.json/.test(line.file) ? undefined : line;

/** Modes that say what is wrong without a claim about its cause. */
const SYMPTOMS =
  /^(?:pod-not-ready|workload-short|ended-unexplained|rollout-not-ready|rollout-stalled|service-no-ready-pods|service-no-endpoints|ingress-backend-down)$/;
/** Whose details (a port, a dependency, who preempted) stood only in what is taken away. */
const ONLY_THERE = new Set([
  'startup-port',
  'egress-port',
  'preempted',
  'listens-on-loopback',
  'rollout-probe-path',
]);
const CANNOT_TELL = /cannot be told from the data|gives no further reason/;

interface Result {
  healthy: boolean;
  summary: string;
  findings: Finding[];
}

const inspect = (desk: Awaited<ReturnType<typeof openDesk>>, namespace: string) =>
  desk.call('diagnose.namespace', { namespace }) as Promise<Result>;
const told = ({ findings }: Result) => findings.filter(finding => finding.severity !== 'info');
const isSymptom = ({ mode, rootCause }: Finding) =>
  SYMPTOMS.test(mode) || (mode === 'app-crash' && CANNOT_TELL.test(rootCause));
const text = ({ findings, summary }: Result) =>
  [
    summary,
    ...findings.flatMap(item => [
      item.rootCause,
      ...item.remediation,
      ...item.evidence.map(proof => proof.quote),
    ]),
  ].join('\n');

for (const capture of CAPTURES) {
  describe(`the ${capture} capture with a part of it missing`, () => {
    const questions = questionsOf(capture).filter(({ id }) => !/^(?:ghost|wrong-ns|ko-)/.test(id));
    const roots: string[] = [];
    let whole: Awaited<ReturnType<typeof openDesk>>;

    beforeAll(async () => {
      roots.push(mkdtempSync(join(tmpdir(), `kv-whole-${capture}-`)));
      whole = await openDesk(writeCapture(capture, roots[0] ?? ''));
    });

    afterAll(async () => {
      await whole.close();
      for (const root of roots) rmSync(root, { recursive: true, force: true });
    });

    for (const [name, mutate] of Object.entries(MUTATIONS)) {
      it(`${name}: the same cause, or that it cannot be told; never another`, async () => {
        const root = mkdtempSync(join(tmpdir(), `kv-mutated-${capture}-`));
        roots.push(root);
        const desk = await openDesk(writeCapture(capture, root, mutate));
        const wrong: string[] = [];
        for (const { id, namespace, all } of questions) {
          const [before, after] = [await inspect(whole, namespace), await inspect(desk, namespace)];
          const modes = new Set(told(before).map(finding => finding.mode));
          const strange = told(after).filter(item => !modes.has(item.mode) && !isSymptom(item));
          if (strange.length > 0) wrong.push(`${id}: ${strange.map(item => item.rootCause).join(' | ')}`);
          if (id.startsWith('healthy') || told(before).length === 0 || ONLY_THERE.has(id)) continue;
          const right = all.every(pattern => pattern.test(text(after)));
          // What only the log of a running container or an event told is gone with it.
          const silent =
            told(after).length === 0 && told(before).every(item => item.mode === 'app-complaint');
          if (!right && !silent && !CANNOT_TELL.test(text(after)))
            wrong.push(
              `${id}: ${
                told(after)
                  .map(item => `${item.mode}: ${item.rootCause}`)
                  .join(' | ') || 'healthy'
              }`,
            );
        }
        await desk.close();
        expect(wrong).toEqual([]);
      });
    }

    it('in the words of an earlier version: the same causes', async () => {
      const root = mkdtempSync(join(tmpdir(), `kv-earlier-${capture}-`));
      roots.push(root);
      const desk = await openDesk(writeCapture(capture, root, earlier));
      const wrong: string[] = [];
      for (const { id, namespace, mode, all } of questions) {
        const result = await inspect(desk, namespace);
        if (id.startsWith('healthy') ? told(result).length > 0 : result.findings[0]?.mode !== mode) {
          wrong.push(`${id}: ${result.summary}`);
        } else if (mode && !all.every(pattern => pattern.test(text(result))))
          wrong.push(`${id}: ${result.summary}`);
      }
      await desk.close();
      expect(wrong).toEqual([]);
    });

    it('seen by who may list neither nodes nor Secrets: the same modes, and no other', async () => {
      const root = mkdtempSync(join(tmpdir(), `kv-unseen-${capture}-`));
      roots.push(root);
      const desk = await openDesk(writeCapture(capture, root, UNSEEN));
      const wrong: string[] = [];
      for (const { id, namespace } of questions) {
        const modes = new Set(told(await inspect(whole, namespace)).map(finding => finding.mode));
        const { findings } = await inspect(desk, namespace);
        const strange = findings.filter(
          item =>
            item.severity !== 'info' &&
            !modes.has(item.mode) &&
            !isSymptom(item) &&
            // Which of several obstacles weighs most is told by the nodes.
            !(
              item.mode.startsWith('unschedulable') &&
              [...modes].some(mode => mode.startsWith('unschedulable'))
            ),
        );
        wrong.push(...strange.map(item => `${id}: ${item.rootCause}`));
      }
      await desk.close();
      expect(wrong).toEqual([]);
    });
  });
}
