import type { AnyCapability } from '../define.ts';
import { drift } from './drift.ts';
import { get } from './get.ts';
import { history } from './history.ts';
import { list } from './list.ts';
import { rollback } from './rollback.ts';
import { status } from './status.ts';

/** `helm.*`: releases as Helm stores them in the cluster; no helm binary is needed. */
export const helmCapabilities: AnyCapability[] = [list, get, status, history, drift, rollback];
