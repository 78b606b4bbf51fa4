import { complaints } from '../policies/complaints.ts';
import { timeoutSearch } from '../policies/log-search.ts';
import { requestShares } from '../policies/request-shares.ts';
import { silentPods } from '../policies/silent-pods.ts';
import type { BenchScenario } from '../scenario.ts';

/** Questions to 60 MB of logs. */
export const SEARCHES: readonly BenchScenario[] = [
  {
    id: 'timeout-search',
    title: 'Timeouts to one service in 60 MB of logs',
    question:
      'Which services log timeouts when they call payments, how often, and since when? Look in the logs of all namespaces.',
    kind: 'search',
    cluster: { snapshot: 'demo' },
    expect: [
      'cart\\D{0,40}304\\b',
      'invoices\\D{0,40}288\\b',
      'dunning\\D{0,40}105\\b',
      'returns\\D{0,40}84\\b',
      'cart[^\\n]{0,120}02:33',
      'invoices[^\\n]{0,120}02:32',
      'dunning[^\\n]{0,120}02:34',
      'returns[^\\n]{0,120}02:35',
    ],
    forbid: ['(ranker|suggest|checkout)\\D{0,20}\\d'],
    policy: timeoutSearch,
  },
  {
    id: 'error-rates',
    title: 'Share of 5xx answers by service, from access logs',
    question:
      'Going by the access logs of all namespaces, which services answer more than 1 % of their requests with a 5xx status?',
    kind: 'search',
    cluster: { snapshot: 'demo' },
    expect: ['ranker\\D{0,20}7\\.7\\b', 'suggest\\D{0,20}4\\.5\\b'],
    forbid: ['(cart|login|gateway|payments)\\D{0,10}\\d\\.\\d ?%'],
    policy: requestShares({
      all: 'status=',
      counted: 'status=5',
      threshold: 0.01,
      words: 'answer more than 1 % of their requests with 5xx',
    }),
  },
  {
    id: 'slow-requests',
    title: 'Share of slow requests by service, from access logs',
    question:
      'Going by the access logs of all namespaces, which services take longer than 100 ms for more than 5 % of their requests?',
    kind: 'search',
    cluster: { snapshot: 'demo' },
    expect: ['currency\\D{0,20}79\\.[45]', 'images\\D{0,20}67\\.9', 'chat\\D{0,20}31\\.3'],
    forbid: ['(cart|login|gateway|payments)\\D{0,10}\\d\\.\\d ?%'],
    policy: requestShares({
      all: 'dur=',
      counted: 'dur=\\d\\d\\d+ms',
      threshold: 0.05,
      words: 'take 100 ms or longer for more than 5 % of their requests',
    }),
  },
  {
    id: 'complaints',
    title: 'What all services complain about in their logs',
    question:
      'What do the services of all namespaces complain about in their logs of the last ten minutes: which distinct warnings and errors, how often, and from how many services?',
    kind: 'search',
    cluster: { snapshot: 'demo' },
    expect: [
      '\\b329\\b[^\\n]*timeout calling payments',
      '\\b4 services[^\\n]*timeout calling payments',
      '\\b122\\b[^\\n]*template store unavailable',
      'model checksum mismatch',
      'promotions_rw',
      'PAYMENTS_API_URL is not set',
      '\\b345\\b[^\\n]*cache refreshed',
    ],
    forbid: [],
    policy: complaints,
  },
  {
    id: 'silent-pods',
    title: 'Running pods that stopped logging',
    question:
      'Which pods of all namespaces are Running but have not written a single log line in the last ten minutes?',
    kind: 'search',
    cluster: { snapshot: 'demo' },
    expect: ['notifications/sms-2d79fcp8xj-q2s6z', 'risk/rules-x298mjr5lk-vhfvm', '\\b(2|two)\\b'],
    forbid: ['(shop|billing|accounts)/[a-z0-9-]+ on node'],
    policy: silentPods,
  },
];
