import { expect, it } from 'vitest';
import { allCapabilities } from '../../src/agent/capabilities.ts';
import { createOffer } from '../../src/agent/modes/code/offer.ts';
import { createCatalog } from '../../src/capabilities/catalog.ts';
import { estimateTokens } from '../../src/usage/index.ts';

const catalog = createCatalog(allCapabilities());

it.each([
  ['why is pod checkout crashing?', 'diagnose.object('],
  ['how many pods are running?', 'k8s.pods('],
  ['is anything wrong in the cluster?', 'diagnose.cluster('],
  ['scale checkout to 3 replicas', 'k8s.scale('],
  ['roll back deployment web in shop', 'k8s.rolloutHistory('],
  ['why can the frontend not reach the api service?', 'k8s.events('],
  ['drain node n1, restart the web deployment, then set its image to v2', 'k8s.drain('],
])('the prompt for "%s" has at most 1,500 tokens and what the question needs', async (question, needed) => {
  for (const form of ['fence', 'tool'] as const) {
    const offer = createOffer(catalog);
    expect(offer.begin(question, form)).toBeUndefined();
    const text = offer.system.map(block => block.text).join('');
    expect(await estimateTokens(text)).toBeLessThanOrEqual(1_500);
    expect(text.split(offer.declarations)).toHaveLength(2);
    expect(offer.declarations).toContain(needed);
  }
});

it('every capability is declared or named, so that none has to be guessed', () => {
  const offer = createOffer(catalog);
  offer.begin('why is pod checkout crashing?', 'fence');
  const text = offer.system[0]!.text;
  for (const name of catalog.names()) expect(text, name).toContain(name.split('.').at(-1)!);
});
