import type { SessionContext } from '../../agent/events.ts';

export function describeContext(context: SessionContext): { model: string; cluster: string } {
  const { model, cluster } = context;
  return {
    model: model.provider === 'offline' ? 'offline' : `${model.provider}:${model.id}`,
    cluster: cluster ? `${cluster.context}, namespace ${cluster.namespace}` : 'no cluster',
  };
}
