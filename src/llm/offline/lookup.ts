import { isRecord } from '../../shared/json.ts';
import type { Intent } from './question.ts';

/** A plain answer to a look-up, without a report. */
export function answerLookup(intent: Intent, value: unknown, namespace: string): string {
  if (!isRecord(value)) return 'The look-up returned nothing.\n';
  const ko = intent.language === 'ko';
  const clusterWide = /^(?:Node|Namespace|PersistentVolume|StorageClass)$/.test(intent.resource ?? '');
  const where =
    clusterWide || namespace === '*'
      ? ko
        ? '클러스터에'
        : 'in the cluster'
      : ko
        ? `${namespace} 네임스페이스에`
        : `in namespace ${namespace}`;
  switch (intent.kind) {
    case 'count':
      return ko
        ? `${where} ${intent.resource} ${value['count']}개가 있습니다.\n`
        : `There ${value['count'] === 1 ? 'is' : 'are'} ${value['count']} ${intent.resource}${value['count'] === 1 ? '' : 's'} ${where}.\n`;
    case 'list': {
      const names = strings(value['names']);
      return `${ko ? `${where} ${intent.resource} ${value['count']}개:` : `${value['count']} ${intent.resource}${value['count'] === 1 ? '' : 's'} ${where}:`}\n${names.map(name => `- ${name}`).join('\n')}\n`;
    }
    case 'restarts': {
      const rows = records(value['pods']);
      if (rows.length === 0)
        return ko ? `${where} 재시작한 파드가 없습니다.\n` : `No pod ${where} has restarted.\n`;
      const lines = rows.map(
        row =>
          `- ${row['namespace']}/${row['name']}: ${row['restarts']} restarts, ${row['status']}${row['reason'] ? ` (${row['reason']})` : ''}`,
      );
      return `${ko ? '가장 많이 재시작한 파드:' : `Pods that restart most ${where}:`}\n${lines.join('\n')}\n`;
    }
    case 'changes': {
      const lines = records(value['changes']).map(
        row => `- ${row['lastSeen']} ${row['object']} ${row['reason']}: ${row['message']}`,
      );
      return lines.length === 0
        ? `No recent changes are recorded ${where}.\n`
        : `${ko ? '최근 변경:' : `What happened last ${where}:`}\n${lines.join('\n')}\n`;
    }
    case 'logs': {
      const lines = strings(value['lines']);
      if (!value['pod']) return `No such pod or workload ${where}.\n`;
      return `Last lines of ${value['pod']} (container ${value['container']}):\n${lines.map(line => `    ${line}`).join('\n')}\n`;
    }
    default:
      return ko
        ? `API 서버의 버전은 ${value['version']}입니다.\n`
        : `The API server runs Kubernetes ${value['version']}.\n`;
  }
}

function strings(value: unknown): string[] {
  return (Array.isArray(value) ? value : []).filter(item => typeof item === 'string');
}

function records(value: unknown): Array<Record<string, unknown>> {
  return (Array.isArray(value) ? value : []).filter(isRecord);
}
