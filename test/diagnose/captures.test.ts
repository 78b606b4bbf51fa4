import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Finding } from '../../src/capabilities/diagnose/types.ts';
import { CAPTURES, questionsOf, writeCapture } from '../fixtures/captures/write.ts';
import { openDesk } from '../llm-offline/harness.ts';

/** Asked about by a name that does not exist there. */
const ELSEWHERE = /^(?:ghost|wrong-ns)/;

for (const name of CAPTURES) {
  describe(`the ${name} capture of a real cluster`, () => {
    const questions = questionsOf(name);
    let root: string;
    let desk: Awaited<ReturnType<typeof openDesk>>;

    beforeAll(async () => {
      root = mkdtempSync(join(tmpdir(), `kv-capture-${name}-`));
      desk = await openDesk(writeCapture(name, root));
    });

    afterAll(async () => {
      await desk.close();
      rmSync(root, { recursive: true, force: true });
    });

    for (const { id, namespace, question, mode, all, none } of questions) {
      it(`${id}: ${question}`, async () => {
        const { answer, returned } = await desk.ask(question, namespace);
        expect(returned).not.toMatch(/does not type-check|Your script failed/);
        for (const pattern of all) expect(answer).toMatch(pattern);
        for (const pattern of none) expect(answer).not.toMatch(pattern);
        expect(answer).not.toContain('CANARY');
        if (mode) {
          const { findings } = (await desk.call('diagnose.namespace', { namespace })) as {
            findings: Finding[];
          };
          expect(findings[0]?.mode).toBe(mode);
        }
        if (id.startsWith('healthy')) expect(answer).toMatch(/Verdict: healthy/);
        else if (!id.startsWith('ghost')) expect(answer).toMatch(/Evidence:\n- "/);
      });
    }

    it('answers the same when asked about the whole namespace, in English and Korean', async () => {
      for (const { id, namespace, all } of questions.filter(item => !ELSEWHERE.test(item.id))) {
        for (const question of [
          `is anything wrong in namespace ${namespace}?`,
          `${namespace} 네임스페이스에 문제가 있나요?`,
        ]) {
          const { answer } = await desk.ask(question, 'default');
          const right = id.startsWith('healthy')
            ? /Verdict: healthy/.test(answer)
            : all.every(pattern => pattern.test(answer));
          expect(right, `${id}: ${question}\n${answer}`).toBe(true);
        }
      }
    });

    it('finds the failing namespaces in the whole cluster, and no healthy one', async () => {
      const { findings } = (await desk.call('diagnose.cluster', { limit: 500 })) as { findings: Finding[] };
      const troubled = new Set(
        findings
          .filter(finding => finding.severity !== 'info')
          .map(finding => finding.object.namespace || finding.object.name),
      );
      const healthy = questions.filter(item => item.id.startsWith('healthy'));
      expect(healthy.filter(item => troubled.has(item.namespace))).toEqual([]);
      // Worth knowing only when asked about (switched off, suspended), or told only by the log of a ready pod,
      // which a look at the whole cluster does not read.
      const quiet =
        /^(?:scaled-zero|cron-suspend|job-suspended|pdb|rbac|svc-declared-wrong|netpol-dns|daemon-set-nowhere|elsewhere-policy)/;
      const missed = questions.filter(
        item =>
          !item.id.startsWith('healthy') &&
          !quiet.test(item.id) &&
          !ELSEWHERE.test(item.id) &&
          !troubled.has(item.namespace),
      );
      expect(missed.map(item => item.id)).toEqual([]);
    });
  });
}
