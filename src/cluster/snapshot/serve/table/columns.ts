import type { KubeObject } from '../../../types.ts';
import { ageOf, type Cell } from './cells.ts';

/** One column of a Table, with how an object fills it. Priority 1 is shown by `kubectl get -o wide` only. */
export interface Column {
  name: string;
  type: 'string' | 'integer' | 'boolean' | 'date';
  format: string;
  priority: 0 | 1;
  cell(object: KubeObject, now: number): Cell;
}

export type CellOf = (object: KubeObject, now: number) => Cell;

export const NAME: Column = { ...text('Name', object => object.metadata.name), format: 'name' };
export const AGE: Column = text('Age', ageOf);

export function text(name: string, cell: CellOf): Column {
  return { name, type: 'string', format: '', priority: 0, cell };
}

export function whole(name: string, cell: (object: KubeObject) => unknown): Column {
  return { name, type: 'integer', format: '', priority: 0, cell: object => Number(cell(object) ?? 0) };
}

/** Shown with `-o wide`. */
export function wide(name: string, cell: CellOf): Column {
  return { ...text(name, cell), priority: 1 };
}
