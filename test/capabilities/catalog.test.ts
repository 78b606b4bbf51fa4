import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { allCapabilities } from '../../src/agent/capabilities.ts';
import { createCatalog } from '../../src/capabilities/catalog.ts';
import { type AnyCapability, defineCapability } from '../../src/capabilities/define.ts';

const catalog = createCatalog(allCapabilities());

describe('the catalog', () => {
  it('offers every capability once, with a summary and an example', () => {
    expect(catalog.names()).toEqual([...new Set(catalog.names())]);
    for (const capability of catalog.all) {
      expect(capability.summary, capability.name).toMatch(/^[A-Z].*[^.]$/);
      expect(capability.examples.length, capability.name).toBeGreaterThan(0);
    }
  });

  it.each([
    ['rollout history', 'k8s.rolloutHistory'],
    ['search logs of many pods', 'k8s.grepLogs'],
    ['delete object', 'k8s.delete'],
    ['cpu memory usage', 'k8s.top'],
  ])('finds "%s"', (query, name) => {
    expect(catalog.search(query).map(hit => hit.name)).toContain(name);
  });

  it.each([
    ['k8s.listPods', 'k8s.pods('],
    ['k8s.getPodLogs', 'k8s.logs({ pod'],
    ['k8s.rolloutRestart', 'k8s.restart('],
    ['k8s.listDeployments', "k8s.list({ kind: 'Deployment'"],
    ['k8s.describeService', "k8s.get({ kind: 'Service'"],
    ['k8s.lgos', 'k8s.logs('],
  ])('knows what %s was meant to be', (wrong, right) => {
    expect(catalog.suggest(wrong)).toContain(right);
  });

  it('declares chosen capabilities in a line each, shares their types, and names the rest', () => {
    const known = new Set<string>();
    const text = catalog.briefDeclarations(['diagnose.object', 'diagnose.cluster', 'k8s.logs'], known);
    expect(text.match(/^type Finding = /gm)).toHaveLength(1);
    expect(text).toMatch(/^diagnose\.cluster\(\{limit\?: number.*\}\?\): Diagnosis$/m);
    expect(text).toContain('k8s.logs({pod');
    expect(text).not.toContain('timestamps');
    expect(catalog.briefDeclarations(['diagnose.namespace'], known)).not.toContain('type ');
    expect(catalog.otherNames(['k8s.logs'])).toMatch(/^k8s: .*drain/m);
    expect(catalog.otherNames(['k8s.logs'])).not.toMatch(/\blogs\b/);
    expect(catalog.declarations()).toContain('timestamps');
  });

  it('describes one capability with its types and examples', () => {
    const text = catalog.describe('k8s.wait')!;
    expect(text).toContain('timeoutSeconds');
    expect(text).toContain('Promise<');
  });

  it('refuses two capabilities of one name', () => {
    const twin = defineCapability({
      name: 'x.y',
      effect: 'read',
      summary: 'Do x',
      params: z.object({}),
      result: z.null(),
      examples: [],
      run: async () => null,
    }) as unknown as AnyCapability;
    expect(() => createCatalog([twin, twin])).toThrow(/x\.y/);
  });
});
