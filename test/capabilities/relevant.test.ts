import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { allCapabilities } from '../../src/agent/capabilities.ts';
import { createCatalog } from '../../src/capabilities/catalog.ts';
import { type AnyCapability, defineCapability } from '../../src/capabilities/define.ts';
import { relevantCapabilities } from '../../src/capabilities/relevant.ts';

const catalog = createCatalog(allCapabilities());
const chosen = (question: string) => relevantCapabilities(catalog, question);

describe('capabilities that a question needs', () => {
  it.each([
    'is pod web-0 running?',
    'Which image does deployment checkout use?',
    'how many pods are in shop?',
    'list the services of namespace shop',
    'What node is web-0 on?',
    'pod web-0가 실행 중인가요?',
    'shop 네임스페이스에 파드가 몇 개 있나요?',
    'checkout은 어떤 이미지를 쓰나요?',
  ])('are three to five for a look-up: %s', question => {
    expect(chosen(question)).toEqual(expect.arrayContaining(['k8s.pods', 'k8s.get', 'k8s.list']));
    expect(chosen(question).length).toBeLessThanOrEqual(5);
  });

  it.each([
    ['how much memory does renderer use?', 'k8s.top'],
    ['can I delete pods in shop?', 'k8s.can'],
    ['show the last logs of checkout', 'k8s.logs'],
    ['checkout 로그에 뭐라고 나오나요?', 'k8s.explainLogs'],
    ['is the rollout of checkout done?', 'k8s.rolloutStatus'],
    ['which kubernetes version does the cluster run?', 'k8s.version'],
    ['클러스터의 버전은 무엇인가요?', 'k8s.version'],
    ['checkout의 로그를 보여줘', 'k8s.logs'],
    ['which helm releases are installed?', 'helm.list'],
  ])('of a look-up begin with its topic: %s', (question, name) => {
    expect(chosen(question).slice(0, 2)).toContain(name);
    expect(chosen(question).length).toBeLessThanOrEqual(5);
  });

  it.each([
    'Why is checkout crashing?',
    'is anything wrong with checkout?',
    'checkout keeps restarting',
    'checkout 파드가 왜 계속 재시작되나요?',
    'the frontend service returns 503',
    'Did the restart of checkout fail?',
    'why does web-0 fail to start?',
    'Why do the pods of checkout crash and restart?',
    'the drain of node-1 is stuck, why?',
    'why does the autoscaler not scale up?',
    '네임스페이스 삭제가 왜 끝나지 않나요?',
  ])('change nothing when a reason is wanted: %s', question => {
    const names = chosen(question);
    expect(names).toEqual(expect.arrayContaining(['diagnose.object', 'k8s.pods', 'k8s.logs', 'k8s.events']));
    const effects = names.map(name => catalog.get(name)!.effect);
    expect(new Set(effects)).toEqual(new Set(['read']));
  });

  it.each([
    ['scale frontend to 4', 'k8s.scale'],
    ['frontend를 5개로 늘려줘', 'k8s.scale'],
    ['Please restart checkout', 'k8s.restart'],
    ['checkout을 재시작해 주세요', 'k8s.restart'],
    ['find the failed jobs and delete them', 'k8s.delete'],
    ['set the image of catalog to v9', 'k8s.setImage'],
    ['roll the release web back to revision 3', 'helm.rollback'],
    ['web 릴리스를 롤백해줘', 'helm.rollback'],
    ['Increase the memory limit of renderer to 512Mi', 'k8s.patch'],
    ['roll back checkout', 'k8s.rolloutHistory'],
    ['drain node-1 for maintenance', 'k8s.drain'],
    ['create a config map session-settings with TTL=3600', 'k8s.apply'],
    ['run ls /data inside the container of web-0', 'k8s.exec'],
  ])('begin with the change that is asked for: %s', (question, name) => {
    expect(chosen(question)[0]).toBe(name);
  });

  it('follow how far the question reaches', () => {
    expect(chosen('What is wrong in the cluster?')).toContain('diagnose.cluster');
    expect(chosen('Is anything broken in namespace shop?')).toContain('diagnose.namespace');
    expect(chosen('Why is checkout down?')).not.toContain('diagnose.cluster');
  });

  it('are at most a dozen, known, without repetition and without helpers of scripts', () => {
    const everything =
      'Why did the rollout fail? Find errors in logs and events, check rbac, memory, services and owners, then ' +
      'scale it, restart it, delete the pods, patch it, apply it, label it, drain node-1 and wait until it is ready';
    const names = chosen(everything);
    expect(names).toHaveLength(12);
    expect(new Set(names).size).toBe(12);
    for (const name of names) expect(catalog.get(name)).toBeDefined();
    expect(names.filter(name => /^(state|sleep|tools)\b/.test(name))).toEqual([]);
  });

  it('include those of other families that match its words', () => {
    const ticket = defineCapability({
      name: 'mcp.tracker.findTickets',
      effect: 'read',
      summary: 'Find tickets of an incident',
      params: z.object({ query: z.string() }),
      result: z.any(),
      examples: [],
      run: async () => null,
    }) as unknown as AnyCapability;
    const mounted = createCatalog([...allCapabilities(), ticket]);
    expect(relevantCapabilities(mounted, 'are there tickets about checkout?')).toContain(ticket.name);
    expect(relevantCapabilities(mounted, 'why is web-0 pending?')).not.toContain(ticket.name);
  });
});
