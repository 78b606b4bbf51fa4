/**
 * The format of kv's own trace files: one SQLite database, `meta.format` = `kv-trace`, `meta.version` = the number
 * below. Times are integers in nanoseconds since the trace began (nanoseconds since boot do not fit a double for
 * long), durations nanoseconds, sizes bytes. Texts are interned in `strings`, functions in `functions`.
 *
 * `meta` also holds `started_at` (Unix nanoseconds, as text), and where known `ended` (relative), `host`, `kernel`,
 * `cpu_model` and `cpu_cores`.
 *
 * `functions.layer` is `runtime`, `driver`, `nccl`, `io`, `net` or `host`; `functions.kind` is `alloc`, `free`, `launch`,
 * `copy`, `sync`, `collective`, `io`, `net` or `other`.
 *
 * - `calls`: one row a finished call. `parent` is the id of the enclosing call of the same thread. `bytes` is the
 *   size of an allocation, a copy or a transfer, and of a free what the freed pointer had been allocated with.
 *   `direction` is CUDA's: 1 host to device, 2 device to host, 3 device to device. `ret` 0 is success.
 * - `switches`: one row for each time a thread was off its CPU, from `start` for `dur`. `state` is the letter the
 *   kernel left it in (`R` still runnable, `S` sleep, `D` uninterruptible, …), `runnable` how many of the
 *   nanoseconds it was ready to run and waited for a CPU, `next_pid` who got the CPU.
 * - `aggregates`: sums over everything seen, stored as rows or not, by bucket, process and function; the function
 *   `sched_switch` counts switches, `mm_page_alloc` pages handed out. `count - stored` were not kept as rows.
 * - `samples`: readings over time, by name (`cpu_pct`, `gpu_util_pct`, `gpu_memory_bytes`, …).
 * - `drops`: what was lost between kernel and file, by place (`ring`, `queue`, `map`) and CPU.
 */
export const TRACE_FORMAT = 'kv-trace';
export const TRACE_VERSION = 1;

export const TRACE_SCHEMA = `
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE strings (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
CREATE TABLE stacks (id INTEGER PRIMARY KEY, frames TEXT NOT NULL);
CREATE TABLE functions (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  layer TEXT NOT NULL,
  kind TEXT NOT NULL
);
CREATE TABLE calls (
  id INTEGER PRIMARY KEY,
  start INTEGER NOT NULL,
  dur INTEGER NOT NULL,
  pid INTEGER NOT NULL,
  tid INTEGER NOT NULL,
  fn INTEGER NOT NULL REFERENCES functions(id),
  parent INTEGER,
  bytes INTEGER,
  direction INTEGER,
  stream INTEGER,
  device INTEGER,
  ret INTEGER NOT NULL DEFAULT 0,
  stack INTEGER
);
CREATE TABLE switches (
  start INTEGER NOT NULL,
  dur INTEGER NOT NULL,
  pid INTEGER NOT NULL,
  tid INTEGER NOT NULL,
  state TEXT,
  runnable INTEGER,
  next_pid INTEGER
);
CREATE TABLE aggregates (
  start INTEGER NOT NULL,
  pid INTEGER NOT NULL,
  fn INTEGER NOT NULL REFERENCES functions(id),
  count INTEGER NOT NULL,
  stored INTEGER NOT NULL,
  total INTEGER NOT NULL,
  max INTEGER NOT NULL,
  bytes INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE processes (
  pid INTEGER PRIMARY KEY,
  name INTEGER NOT NULL REFERENCES strings(id),
  command INTEGER REFERENCES strings(id),
  namespace INTEGER REFERENCES strings(id),
  pod INTEGER REFERENCES strings(id),
  container INTEGER REFERENCES strings(id)
);
CREATE TABLE gpus (id INTEGER PRIMARY KEY, name TEXT NOT NULL, driver TEXT, memory INTEGER);
CREATE TABLE samples (at INTEGER NOT NULL, name TEXT NOT NULL, value REAL NOT NULL);
CREATE TABLE drops (at INTEGER NOT NULL, place TEXT NOT NULL, cpu INTEGER, count INTEGER NOT NULL);
`;
