import { isRecord } from '../../shared/json.ts';
import type { Conversation } from './conversation.ts';
import { lookScript } from './looks.ts';
import { lookupScript } from './lookup.ts';
import { type Intent, readQuestion } from './question.ts';
import { inconclusive, writeReport } from './report.ts';
import { clusterScript, directScript, namespaceScript, objectScript, widenedScript } from './scripts.ts';
import { isAboutTrace, traceScript } from './trace.ts';

/** The model's next words: a script while something is still to be looked at, then the answer. */
export function reply(conversation: Conversation): string {
  const intent = readQuestion(conversation.question, conversation.earlier);
  const namespace = intent.namespace ?? conversation.namespace;
  const { outcomes } = conversation;
  const last = outcomes.at(-1);
  const { trace, question } = conversation;
  if (trace === 'alone' || (trace && isAboutTrace(question)))
    return last
      ? inconclusive(intent, last.ok ? 'the script ended without an answer' : last.message)
      : say(intent, 'trace', traceScript(question, trace !== 'alone'));
  if (intent.kind === 'help') return helpText(intent);
  if (outcomes.length >= 4 || (last && !last.ok && outcomes.filter(outcome => !outcome.ok).length > 1)) {
    return inconclusive(intent, last && !last.ok ? last.message : 'no script gave a usable result');
  }
  switch (intent.kind) {
    case 'object':
      return object(intent, conversation, namespace);
    case 'image':
    case 'drift':
    case 'explain-logs':
      return say(intent, intent.kind, lookScript(intent, namespace));
    case 'namespace': {
      if (last?.ok) return writeReport(last.value, intent, conversation);
      const unnamed = !intent.namespace && namespace === 'default';
      return unnamed
        ? say(intent, 'widened', widenedScript(namespace))
        : say(intent, 'namespace', namespaceScript(intent, namespace));
    }
    case 'cluster':
      return last?.ok
        ? writeReport(last.value, intent, conversation)
        : say(intent, 'cluster', clusterScript());
    default: {
      const wide = /all namespaces|whole cluster|in the cluster|모든 네임스페이스|클러스터/i.test(
        conversation.question,
      );
      const where = intent.namespace ?? (wide || intent.kind === 'restarts' ? '*' : namespace);
      return say(intent, 'lookup', lookupScript(intent, where));
    }
  }
}

/** One script finds the object and checks it; a name that turns out to be a namespace's takes another. */
function object(intent: Intent, conversation: Conversation, namespace: string): string {
  const { outcomes } = conversation;
  const last = outcomes.at(-1);
  const name = nameIn(intent.words);
  if (!last) return say(intent, 'object', objectScript(intent, name, namespace));
  if (!last.ok) return say(intent, 'direct', directScript(name, namespace));
  const best = isRecord(last.value) ? last.value['best'] : undefined;
  if (isRecord(best) && best['kind'] === 'Namespace' && outcomes.length === 1)
    return say(intent, 'namespace', namespaceScript(intent, String(best['name'])));
  return writeReport(last.value, intent, conversation);
}

/** The first word that is no kind, without the kind or namespace before its slash. */
function nameIn(words: string[]): string {
  const name = words.find(word => !/^(?:pods?|services?|svc|deployments?|jobs?|nodes?)$/i.test(word));
  return (name ?? words[0] ?? '').replace(/^.*\//, '');
}

const WORDS = {
  en: {
    object: 'I find out what the name refers to and check it with everything it depends on.',
    direct: 'Looking for the name failed, so I check it as it stands.',
    namespace: 'I check everything in the namespace against the known failure modes.',
    widened: 'I check the namespace, or the whole cluster where nothing runs in it.',
    cluster: 'I check the whole cluster against the known failure modes.',
    lookup: 'One look-up answers this.',
    image: 'I look at what its pods are made from.',
    drift: 'I compare what Helm rendered with the live objects.',
    'explain-logs': 'I read the whole log and keep the lines that explain.',
    trace: 'I ask the analysis of the trace.',
  },
  ko: {
    object: '이름이 가리키는 대상을 찾아 의존 관계까지 함께 확인합니다.',
    direct: '이름을 찾지 못해 주어진 이름 그대로 확인합니다.',
    namespace: '네임스페이스 전체를 알려진 장애 유형에 비추어 확인합니다.',
    widened: '네임스페이스를 확인하고, 실행 중인 것이 없으면 클러스터 전체를 확인합니다.',
    cluster: '클러스터 전체를 알려진 장애 유형에 비추어 확인합니다.',
    lookup: '한 번의 조회로 답할 수 있습니다.',
    image: '파드의 이미지를 확인합니다.',
    drift: 'Helm이 렌더링한 내용과 실제 객체를 비교합니다.',
    'explain-logs': '로그 전체를 읽고 원인을 말해 주는 줄만 남깁니다.',
    trace: '트레이스의 분석 결과를 확인합니다.',
  },
} as const;

function say(intent: Intent, step: keyof (typeof WORDS)['en'], script: string): string {
  return `${WORDS[intent.language][step]}\n\n\`\`\`ts\n${script}\n\`\`\`\n`;
}

function helpText(intent: Intent): string {
  return intent.language === 'ko'
    ? '모델 없이 규칙으로 답합니다. 예: "checkout 파드가 왜 죽나요?", "shop 네임스페이스에 문제가 있나요?", "실패하는 파드를 찾아줘", "X는 어떤 이미지를 쓰나요?", "X 로그에 뭐라고 나오나요?", "최근 1시간 동안 무엇이 바뀌었나요?", "R 릴리스가 달라졌나요?". 다른 질문에는 --model로 모델을 지정하세요.\n'
    : 'I work by rules, without a language model, and know these questions: "why is X crashing (pending, restarting, unreachable)?", "what is wrong with X?", "is anything wrong in namespace Y?", "find failing pods", "what was restarted?", "which image does X run?", "what do the logs of X say?", "what changed in the last hour?", "has release R drifted?", "how many pods are in Y?". For anything else choose a model with --model.\n';
}
