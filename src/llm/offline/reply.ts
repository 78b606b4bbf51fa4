import { isRecord } from '../../shared/json.ts';
import type { Conversation } from './conversation.ts';
import { answerLookup } from './lookup.ts';
import { type Intent, readQuestion } from './question.ts';
import { inconclusive, writeReport } from './report.ts';
import { clusterScript, lookScript, lookupScript, namespaceScript, objectScript } from './scripts.ts';

/** The model's next words: a script while something is still to be looked at, then the answer. */
export function reply(conversation: Conversation): string {
  const intent = readQuestion(conversation.question, conversation.earlier);
  const namespace = intent.namespace ?? conversation.namespace;
  const { outcomes } = conversation;
  const last = outcomes.at(-1);
  if (intent.kind === 'help') return helpText(intent);
  if (outcomes.length >= 4 || (last && !last.ok && outcomes.filter(outcome => !outcome.ok).length > 1)) {
    return inconclusive(intent, last && !last.ok ? last.message : 'no script gave a usable result');
  }
  switch (intent.kind) {
    case 'object':
      return object(intent, conversation, namespace);
    case 'namespace':
      if (!last?.ok) return say(intent, 'namespace', namespaceScript(namespace));
      return outcomes.length === 1 && !intent.namespace && namespace === 'default' && isEmpty(last.value)
        ? say(intent, 'elsewhere', clusterScript())
        : writeReport(last.value, intent, conversation);
    case 'cluster':
      return last?.ok
        ? writeReport(last.value, intent, conversation)
        : say(intent, 'cluster', clusterScript());
    default: {
      const wide = /all namespaces|whole cluster|in the cluster|모든 네임스페이스|클러스터/i.test(
        conversation.question,
      );
      const where = intent.namespace ?? (wide || intent.kind === 'restarts' ? '*' : namespace);
      return last?.ok
        ? answerLookup(intent, last.value, where)
        : say(intent, 'lookup', lookupScript(intent, where));
    }
  }
}

/** A namespace in which nothing runs, as `default` often is: who asks there means the cluster. */
function isEmpty(value: unknown): boolean {
  return (
    isRecord(value) && value['healthy'] === true && Array.isArray(value['pods']) && value['pods'].length === 0
  );
}

/** Looks first, then has what it found analysed. */
function object(intent: Intent, conversation: Conversation, namespace: string): string {
  const results = conversation.outcomes.flatMap(outcome => (outcome.ok ? [outcome.value] : []));
  const failures = conversation.outcomes.length - results.length;
  const analysis = results.find(value => isRecord(value) && 'healthy' in value);
  if (analysis) return writeReport(analysis, intent, conversation, results);
  const look = results[0];
  if (!look && failures === 0) return say(intent, 'look', lookScript(intent.words, namespace));
  const name =
    intent.words.filter(word => !/^(?:pods?|services?|svc|deployments?|jobs?|nodes?)$/i.test(word)).at(0) ??
    intent.words[0] ??
    '';
  const matches =
    isRecord(look) && isRecord(look['found']) && Array.isArray(look['found']['matches'])
      ? look['found']['matches']
      : [];
  const best = matches.find(isRecord);
  if (best?.['kind'] === 'Namespace') return say(intent, 'namespace', namespaceScript(String(best['name'])));
  const target = best
    ? {
        kind: kindFor(best, matches),
        name: String(nameFor(best, matches)),
        namespace: String(best['namespace'] || namespace),
      }
    : { name: name.split('/').at(-1) ?? name, namespace };
  return say(intent, best ? 'analyse' : 'missing', objectScript(target));
}

/** One match fixes the kind; where a Deployment and a Service share a name, both are meant. */
function kindFor(best: Record<string, unknown>, matches: unknown[]): string | undefined {
  const same = matches.filter(match => isRecord(match) && match['name'] === best['name']);
  return same.length === 1 ? String(best['kind']) : undefined;
}

/** What several pods share (their label, the start of their names) stands for all of them. */
function nameFor(best: Record<string, unknown>, matches: unknown[]): unknown {
  const shared = best['how'] === 'label' || best['how'] === 'generated-name';
  const alike = matches.filter(match => isRecord(match) && match['how'] === best['how']);
  return shared && alike.length > 1 && typeof best['word'] === 'string' ? best['word'] : best['name'];
}

const WORDS = {
  en: {
    look: 'First I look at what the name refers to and at the state of its pods.',
    analyse: 'Now I check it and everything it depends on against the known failure modes.',
    missing: 'Nothing by that name stood out, so I check whether it exists at all.',
    namespace: 'I check everything in the namespace against the known failure modes.',
    elsewhere: 'Nothing runs in namespace default, so I check the whole cluster.',
    cluster: 'I check the whole cluster against the known failure modes.',
    lookup: 'One look-up answers this.',
  },
  ko: {
    look: '먼저 이름이 가리키는 대상과 파드의 상태를 확인합니다.',
    analyse: '이제 대상과 의존 관계를 알려진 장애 유형에 비추어 확인합니다.',
    missing: '그 이름의 대상이 보이지 않아 실제로 존재하는지 확인합니다.',
    namespace: '네임스페이스 전체를 알려진 장애 유형에 비추어 확인합니다.',
    elsewhere: 'default 네임스페이스에는 실행 중인 것이 없어 클러스터 전체를 확인합니다.',
    cluster: '클러스터 전체를 알려진 장애 유형에 비추어 확인합니다.',
    lookup: '한 번의 조회로 답할 수 있습니다.',
  },
} as const;

function say(intent: Intent, step: keyof (typeof WORDS)['en'], script: string): string {
  return `${WORDS[intent.language][step]}\n\n\`\`\`ts\n${script}\n\`\`\`\n`;
}

function helpText(intent: Intent): string {
  return intent.language === 'ko'
    ? '모델 없이 규칙으로 답합니다. 예: "checkout 파드가 왜 죽나요?", "shop 네임스페이스에 문제가 있나요?", "실패하는 파드를 찾아줘". 다른 질문에는 --model로 모델을 지정하세요.\n'
    : 'I work by rules, without a language model, and know these questions: "why is X crashing (pending, restarting, unreachable)?", "what is wrong with X?", "is anything wrong in namespace Y?", "find failing pods", "which pods restart most?", "how many pods are in Y?". For anything else choose a model with --model.\n';
}
