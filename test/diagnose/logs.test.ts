import { describe, expect, it } from 'vitest';
import { causeOf } from '../../src/capabilities/diagnose/logs/causes.ts';
import { LogDigester } from '../../src/capabilities/diagnose/logs/digest.ts';
import { safeQuote } from '../../src/capabilities/diagnose/logs/safe-quote.ts';

describe('the cause that a log line names', () => {
  it.each([
    ['FATAL: required environment variable DATABASE_URL is not set', 'missing-env', 'DATABASE_URL'],
    ["KeyError: 'REDIS_HOST'", 'missing-env', 'REDIS_HOST'],
    ['sh: API_KEY: parameter not set', 'missing-env', 'API_KEY'],
    ['panic: missing env STRIPE_TOKEN', 'missing-env', 'STRIPE_TOKEN'],
    ['dial tcp: lookup orders-db.shop.svc on 10.96.0.10:53: no such host', 'dns', 'orders-db.shop.svc'],
    ["wget: bad address 'payments:8080'", 'dns', 'payments'],
    ['Error: getaddrinfo ENOTFOUND cache', 'dns', 'cache'],
    ['dial tcp 10.0.0.1:5432: connect: connection refused', 'connection-refused', '10.0.0.1'],
    ['Error: connect ECONNREFUSED 10.96.3.4:6379', 'connection-refused', '10.96.3.4'],
    ["wget: can't connect to remote host (10.96.2.1): Connection refused", 'connection-refused', '10.96.2.1'],
    ['connection to postgres.db:5432 timed out', 'connection-timeout', 'postgres.db'],
    [
      "cat: can't open '/etc/app/config.yaml': No such file or directory",
      'missing-file',
      '/etc/app/config.yaml',
    ],
    ["FileNotFoundError: [Errno 2] No such file or directory: '/cfg/a.ini'", 'missing-file', '/cfg/a.ini'],
    ["mkdir: can't create directory '/data/x': Permission denied", 'permission', '/data/x'],
    ['write /data/wal: no space left on device', 'disk-full', ''],
    ["Error: Cannot find module 'express'", 'missing-module', 'express'],
  ])('%s', (line, kind, subject) => {
    expect(causeOf(line)).toMatchObject({ kind, subject });
  });

  it.each(['INFO listening on :8080', 'loading frames', 'request id=3 status=200 dur=12ms'])(
    'sees none in %s',
    line => {
      expect(causeOf(line)).toBeUndefined();
    },
  );
});

describe('digesting a log', () => {
  it('finds one decisive line among 60,000', () => {
    const digester = new LogDigester();
    for (let i = 0; i < 60_000; i++) {
      digester.add(
        i === 31_337
          ? 'FATAL: cannot open /var/lib/ledger/index: No such file or directory'
          : `12:00:01 INFO request id=${i} status=200`,
      );
    }
    const digest = digester.finish('k8s.logs a/b c');
    expect(digest.lines).toBe(60_000);
    expect(digest.decisive[0]).toContain('/var/lib/ledger/index');
    expect(digest.causes[0]).toMatchObject({ kind: 'missing-file', subject: '/var/lib/ledger/index' });
  });

  it('prefers the reason of a traceback to its frames', () => {
    const digester = new LogDigester();
    for (const line of [
      'Traceback (most recent call last):',
      '  File "/app/main.py", line 3, in <module>',
      '    url = os.environ["QUEUE_URL"]',
      "KeyError: 'QUEUE_URL'",
    ])
      digester.add(line);
    expect(digester.finish('x').causes[0]).toMatchObject({ kind: 'missing-env', subject: 'QUEUE_URL' });
  });

  it.each([
    ['INFO listening on :8080', 8080],
    ['Uvicorn running on http://0.0.0.0:8000 (Press CTRL+C to quit)', 8000],
    ['Server listening on port 3000', 3000],
    ['Tomcat started on port(s): 9090 (http)', 9090],
  ])('reads the port from %s', (line, port) => {
    const digester = new LogDigester();
    digester.add(line);
    expect(digester.finish('x').listening).toEqual([port]);
  });
});

describe('quoting around credentials', () => {
  it.each([
    ['FATAL: cannot connect to postgres://u:hunter2hunter2@db:5432/x: refused', 'hunter2'],
    ['retrying with password=hunter2hunter2 after error', 'hunter2'],
    ['Authorization: Bearer abcdefghijklmnop.qrstuv failed', 'abcdefghijklmnop'],
  ])('%s', (line, secret) => {
    const quote = safeQuote(line);
    expect(quote).not.toContain(secret);
    expect(line).toContain(quote);
    expect(quote.length).toBeGreaterThan(4);
  });

  it('leaves out values that are known to be secret', () => {
    expect(safeQuote('login as CANARY-1 failed for all users', ['CANARY-1'])).toBe('failed for all users');
  });
});
