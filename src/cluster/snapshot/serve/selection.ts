import type { TransportRequest } from '../../transport.ts';
import type { Served } from '../catalogue.ts';
import { fieldMatcher } from './field-selector.ts';
import { labelMatcher, type Matcher } from './label-selector.ts';

/** Label and field selector of a request as one test. */
export function selectionOf(query: TransportRequest['query'], served: Served): Matcher {
  const labels = textOf(query, 'labelSelector');
  const fields = textOf(query, 'fieldSelector');
  const tests = [
    ...(labels ? [labelMatcher(labels)] : []),
    ...(fields ? [fieldMatcher(fields, served, labels)] : []),
  ];
  return object => tests.every(matches => matches(object));
}

export function textOf(query: TransportRequest['query'], name: string): string {
  const value = query?.[name];
  return value === undefined ? '' : String(value);
}

export function isTrue(query: TransportRequest['query'], name: string): boolean {
  const value = textOf(query, name);
  return value === 'true' || value === '1';
}
