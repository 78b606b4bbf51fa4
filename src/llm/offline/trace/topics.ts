import type { Topic } from './asked.ts';

/** What belongs to a topic among what the analysis finds. */
export interface TopicParts {
  /** Causes of slow calls. */
  causes: readonly string[];
  /** Kinds of findings. */
  kinds: readonly string[];
  gaps?: true;
  /** Where nothing is found, what another tool blamed is told, with its verdict. */
  stored?: true;
  starvation?: true;
  /** What must have been recorded for "no" to be an answer; calls where nothing is said. */
  needs?: Need;
  /** Part of the names of the functions whose figures show that there is nothing. */
  shows?: string;
  /** What is said where nothing of it is found. */
  none: { en: string; ko: string };
}

export type Need = 'calls' | 'switches' | 'events' | 'collectives';

export type ExplainTopic = Exclude<
  Topic,
  'copies' | 'loader' | 'memory' | 'window' | 'users' | 'callers' | 'compare'
>;

export const PARTS: Record<ExplainTopic, TopicParts> = {
  all: {
    causes: [],
    kinds: [],
    gaps: true,
    stored: true,
    starvation: true,
    none: {
      en: 'The trace holds no slow call, no gap and no pattern that costs time.',
      ko: '트레이스에 느린 호출도, 공백도, 시간을 잡아먹는 패턴도 없습니다.',
    },
  },
  calls: {
    causes: [],
    kinds: [],
    none: {
      en: 'No call took far longer than its function usually does.',
      ko: '평소보다 훨씬 오래 걸린 호출이 없습니다.',
    },
  },
  idle: {
    causes: ['cpu-contention', 'disk', 'page-fault'],
    kinds: ['launch-bound', 'sync-stall', 'late-rank'],
    gaps: true,
    starvation: true,
    none: {
      en: 'The trace has no gap between CUDA calls worth a reason.',
      ko: 'CUDA 호출 사이에 눈에 띄는 공백이 없습니다.',
    },
  },
  cpu: {
    causes: ['cpu-contention', 'cpu-quota', 'recorder'],
    kinds: [],
    needs: 'switches',
    none: {
      en: 'No slow call was slow for want of a CPU: in none of them was the thread ready to run for most of the time.',
      ko: 'CPU를 기다리느라 느려진 호출은 없습니다.',
    },
  },
  disk: {
    causes: ['disk', 'page-fault'],
    kinds: [],
    starvation: true,
    needs: 'switches',
    none: {
      en: 'No slow call waited for a disk or for memory to be read in.',
      ko: '디스크나 페이지 폴트를 기다린 느린 호출은 없습니다.',
    },
  },
  lock: {
    causes: ['lock', 'sleep', 'input', 'driver'],
    kinds: [],
    needs: 'switches',
    none: {
      en: 'No slow call waited for a lock or another thread.',
      ko: '잠금이나 다른 스레드를 기다린 느린 호출은 없습니다.',
    },
  },
  network: {
    causes: ['network'],
    kinds: [],
    needs: 'collectives',
    shows: 'nccl',
    none: {
      en: 'No packet of a process was sent again while one of its collectives waited.',
      ko: '집합 통신 중에 재전송된 패킷은 없습니다.',
    },
  },
  sync: {
    causes: ['gpu-wait'],
    kinds: ['sync-stall'],
    shows: 'Sync',
    none: {
      en: 'No process waits for the GPU in a hot loop, and no wait is unusually long.',
      ko: '반복적으로 GPU를 기다리는 프로세스도, 유난히 긴 대기도 없습니다.',
    },
  },
  'first-use': {
    causes: ['first-use'],
    kinds: ['first-use'],
    none: {
      en: 'First calls cost nothing worth a word in this trace.',
      ko: '이 트레이스에서 첫 호출의 비용은 무시할 만합니다.',
    },
  },
  launches: {
    causes: [],
    kinds: ['launch-bound'],
    shows: 'Launch',
    none: {
      en: 'No: nowhere does a process launch more than 10,000 times a second while it hardly waits for the GPU, so launching is not what limits it.',
      ko: '아닙니다. 초당 10,000번 넘게 런치하면서 GPU를 거의 기다리지 않는 구간이 없으므로 런치가 병목이 아닙니다.',
    },
  },
  rank: {
    causes: [],
    kinds: ['late-rank'],
    stored: true,
    needs: 'collectives',
    shows: 'nccl',
    none: {
      en: 'No rank is late to its collectives most of the time.',
      ko: '집합 통신에 늘 늦는 랭크는 없습니다.',
    },
  },
  killed: {
    causes: [],
    kinds: ['oom-kill'],
    needs: 'events',
    none: {
      en: 'The trace has no kill for want of memory and no deadly signal.',
      ko: '트레이스에 메모리 부족으로 인한 강제 종료나 치명적인 시그널이 없습니다.',
    },
  },
};

/** What a cause or kind of finding is called in Korean; the facts follow as the analysis words them. */
export const KOREAN: Record<string, string> = {
  'cpu-contention': 'CPU 경합 때문에 느렸습니다.',
  'cpu-quota': 'CPU 할당량(쿼터)에 걸려 느렸습니다.',
  recorder: 'kv 자신의 기록 비용입니다.',
  disk: '디스크를 기다렸습니다.',
  'page-fault': '페이지 폴트를 기다렸습니다.',
  lock: '잠금(락)을 기다렸습니다.',
  input: '파이프나 소켓의 입력을 기다렸습니다.',
  driver: 'GPU 드라이버 안에서 멈춰 있었습니다.',
  sleep: '다른 스레드를 기다리며 잠들어 있었습니다.',
  'off-cpu': 'CPU를 쓰지 못했지만 이유는 기록되지 않았습니다.',
  network: '네트워크에서 패킷이 유실되었습니다.',
  'gpu-wait': 'GPU 작업이 끝나기를 기다렸습니다.',
  'pageable-copy': '고정되지 않은(pageable) 메모리에서 복사했습니다.',
  'copy-size': '복사량이 커서 오래 걸렸습니다.',
  'first-use': '첫 호출의 초기화 비용입니다.',
  'on-cpu': '호출 자체가 CPU에서 시간을 썼습니다.',
  unknown: '스레드가 무엇을 기다렸는지 기록되지 않았습니다.',
  'sync-stall': '반복적으로 GPU를 기다립니다(동기화).',
  'launch-bound': '커널 런치가 병목입니다.',
  'allocation-churn': '같은 메모리를 계속 할당하고 해제합니다.',
  'oom-kill': '호스트 메모리 부족으로 커널이 프로세스를 강제 종료했습니다(OOM).',
  'late-rank': '한 랭크가 집합 통신에 늘 늦게 들어옵니다.',
  leak: '메모리 누수입니다.',
  'out-of-memory': 'GPU 메모리가 부족합니다.',
  fragmentation: 'GPU 메모리가 조각났습니다.',
  gap: 'CUDA 호출이 없는 긴 공백이 있습니다.',
  starvation: '데이터 로더가 GPU를 굶기고 있습니다.',
};
