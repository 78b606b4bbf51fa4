import type { TestProject } from 'vitest/node';
import { type Plane, startPlane } from './plane/plane.ts';
import { progressTo } from './plane/progress.ts';

/** What the suites know of the plane; everything in it survives the way from one process to another. */
export type PlaneFacts = Omit<Plane, 'kubectl' | 'stop'>;

declare module 'vitest' {
  export interface ProvidedContext {
    plane: PlaneFacts;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const progress = progressTo(line => process.stderr.write(line));
  const {
    kubectl: _kubectl,
    stop,
    ...facts
  } = await startPlane({
    kubelet: process.env['KV_TEST_KUBELET'] !== '0',
    kwokNodes: 3,
    progress,
  });
  project.provide('plane', facts);
  return async () => {
    await stop();
    progress('stopped');
  };
}
