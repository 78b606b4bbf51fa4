import { describe, expect, it } from 'vitest';
import { chooseMode } from '../../src/agent/modes/auto/choose.ts';
import { classOf, type QuestionClass } from '../../src/agent/modes/auto/classify.ts';
import { NOTHING_SEEN, withLookup } from '../../src/agent/modes/auto/turns.ts';

const LOOKUPS: Array<[string, QuestionClass]> = [
  ['is pod web-0 running?', 'state'],
  ['Is the deployment checkout ready?', 'state'],
  ['does a service named cart exist?', 'state'],
  ['are the pods in shop ready?', 'state'],
  ['has the pvc data-db-0 been bound?', 'state'],
  ['what is the status of job nightly-backup?', 'state'],
  ['which image does deployment checkout run?', 'field'],
  ['what port does the service frontend listen on?', 'field'],
  ['which node is pod db-0 on?', 'field'],
  ['how old is the namespace billing?', 'field'],
  ['what is the memory limit of the api container?', 'field'],
  ['when was the secret tls-cert created?', 'field'],
  ['which version of Kubernetes is this?', 'version'],
  ['how many nodes are there?', 'count'],
  ['how many pods run in kube-system?', 'count'],
  ['list the namespaces', 'list'],
  ['show me the services in shop', 'list'],
  ['which deployments are in namespace media?', 'list'],
  ['web-0 파드가 실행 중인가요?', 'state'],
  ['cart 서비스가 있나요?', 'state'],
  ['checkout 디플로이먼트 상태 알려줘', 'state'],
  ['frontend는 어떤 이미지를 쓰나요?', 'field'],
  ['db-0 파드는 어느 노드에 있어?', 'field'],
  ['api 서비스의 포트가 뭐야?', 'field'],
  ['쿠버네티스 버전이 뭐야?', 'version'],
  ['노드가 몇 개야?', 'count'],
  ['shop 네임스페이스에 파드가 몇 개 있나요?', 'count'],
  ['네임스페이스 목록 보여줘', 'list'],
  ['media의 서비스를 나열해 줘', 'list'],
];

const OTHERS: Array<[string, QuestionClass]> = [
  ['why is checkout crashing?', 'investigation'],
  ['web-0 keeps restarting', 'investigation'],
  ['what is wrong with the cart service?', 'investigation'],
  ['is something broken in namespace shop?', 'investigation'],
  ['payments answers with 503 since the last release', 'investigation'],
  ['why is the api so slow today?', 'investigation'],
  ['the nightly job did not run', 'investigation'],
  ['find the cause of the OOM kills in media', 'investigation'],
  ['is the ingress unreachable?', 'investigation'],
  ['which pods failed their probes?', 'investigation'],
  ['scale frontend to 5 replicas', 'investigation'],
  ['can you scale frontend to 5?', 'change'],
  ['could you roll back the api deployment?', 'change'],
  ['which container uses the most memory?', 'several'],
  ['how many pods does each namespace have?', 'several'],
  ['what are the differences between the two revisions?', 'several'],
  ['list all pods without resource limits', 'several'],
  ['which image does api run and which node is it on?', 'several'],
  ['checkout이 왜 죽나요?', 'investigation'],
  ['결제 서비스가 느린 원인을 찾아줘', 'investigation'],
  ['web-0 파드가 계속 재시작돼', 'investigation'],
  ['shop 네임스페이스에 문제가 있나요?', 'investigation'],
  ['로그인이 안 돼요', 'investigation'],
  ['프론트엔드를 5개로 늘려줘 몇 개까지 되나요?', 'change'],
  ['메모리를 가장 많이 쓰는 파드는 어떤 것인가요?', 'several'],
  ['네임스페이스별로 파드가 몇 개인가요?', 'several'],
  ['리소스 제한이 없는 파드 목록 보여줘', 'several'],
];

describe('the class of a question', () => {
  it.each(LOOKUPS)('%s is a look-up: %s', (question, expected) => expect(classOf(question)).toBe(expected));
  it.each(OTHERS)('%s is none: %s', (question, expected) => expect(classOf(question)).toBe(expected));
});

describe('the choice', () => {
  const sizes = { code: 6_000, tools: 2_700, history: 0 };

  it('leaves everything but look-ups to scripts, whatever the prompts weigh', () => {
    for (const [question] of OTHERS) {
      expect(chooseMode(question, { code: 400_000, tools: 10, history: 0 }).mode).toBe('code');
    }
  });

  it('takes the cheaper road for a look-up, and says what it expects', () => {
    const state = chooseMode('is pod web-0 running?', sizes);
    expect(state.mode).toBe('tools');
    expect(state.reason).toMatch(/^a look-up \(the state of one object\): about [\d,]+ tokens by tool calls/);
    expect(chooseMode('is pod web-0 running?', { ...sizes, tools: 8_000 }).mode).toBe('code');
    expect(chooseMode('is pod web-0 running?', { ...sizes, code: 40_000, tools: 8_000 }).mode).toBe('tools');
  });

  it('counts by script: a list is long, its length is not', () => {
    expect(chooseMode('how many pods run in kube-system?', sizes).mode).toBe('code');
  });

  it('stays with scripts once a long conversation would be sent twice, or written anew', () => {
    expect(chooseMode('is pod web-0 running?', { ...sizes, history: 40_000 }).mode).toBe('code');
    const after = (last: 'code' | 'tools') =>
      chooseMode('is pod web-0 running?', { ...sizes, history: 3_000, last }).mode;
    expect([after('code'), after('tools')]).toEqual(['code', 'tools']);
  });

  it('goes by the turns that look-ups took so far', () => {
    // What the prompts weigh with all of kv's own capabilities.
    const real = { code: 4_100, tools: 3_000, history: 0 };
    const after = (mode: 'code' | 'tools', ...turns: number[]) => {
      const seen = turns.reduce((sum, each) => withLookup(sum, mode, each), NOTHING_SEEN);
      return chooseMode('is pod web-0 running?', real, seen).mode;
    };
    expect(chooseMode('is pod web-0 running?', real).mode).toBe('code');
    expect([after('code', 1), after('code', 1, 1, 2), after('code', 1, 1, 1, 3)]).toEqual([
      'code',
      'code',
      'code',
    ]);
    expect([after('code', 2), after('code', 3), after('code', 1, 2, 2, 2)]).toEqual([
      'tools',
      'tools',
      'tools',
    ]);
  });

  it('goes back to scripts where tool calls take many turns', () => {
    const real = { code: 4_100, tools: 3_000, history: 0 };
    const scripts = withLookup(NOTHING_SEEN, 'code', 2);
    const of = (turns: number) =>
      chooseMode('is pod web-0 running?', real, withLookup(scripts, 'tools', turns)).mode;
    expect([of(2), of(3)]).toEqual(['tools', 'code']);
  });
});
