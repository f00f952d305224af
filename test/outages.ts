/**
 * What the proof of each experiment has to show, whatever it runs in: the built-in servers, the original ones, containers.
 * Each of them is held against this table (`contradictions.ts`), so all of them agree, and what they agree on can be read here.
 */
export type Outage = {
  readonly verdict: 'fixed' | 'mitigated';
  /** The postmortem says how many buyers failed. */
  readonly hasImpact: boolean;
  /** In this order; they are undone in the reverse one. */
  readonly faults: readonly string[];
  /** As the experiment names them. */
  readonly alerts: readonly string[];
  /** In which order they come; those of one line have none among them. */
  readonly come: readonly (readonly string[])[];
  /** The same of those that have to go while the fault is still there, because the runbook helps. */
  readonly go: readonly (readonly string[])[];
  /** Linked from the alert. */
  readonly runbook: string;
  /** A line for each step, and one for what it did to the environment. */
  readonly follows: readonly string[];
  /** The step whose look at a healthy system ends the runbook before it does anything. */
  readonly refuses: string;
};

export const outages = {
  'web-stack-outage': {
    verdict: 'fixed',
    hasImpact: true,
    faults: ['1-lower-connection-limit'],
    alerts: ['ShopErrorRateHigh', 'DatabaseConnectionsRefused'],
    come: [['DatabaseConnectionsRefused', 'ShopErrorRateHigh']],
    go: [['DatabaseConnectionsRefused', 'ShopErrorRateHigh']],
    runbook: 'runbooks/DatabaseConnectionsRefused.md',
    follows: [
      'step buyers-fail passed',
      'step who-is-connected passed',
      'step raise-the-limit passed',
      'postgres: restart by runbook',
      'step restart-the-database passed',
      'step the-limit-is-set passed',
      'step connections-in-use passed',
    ],
    refuses: 'buyers-fail',
  },
  'pool-undersized': {
    verdict: 'fixed',
    hasImpact: false,
    faults: ['1-shrink-pool'],
    alerts: ['ShopPoolExhausted', 'ShopErrorRateHigh'],
    come: [['ShopPoolExhausted'], ['ShopErrorRateHigh']],
    go: [['ShopPoolExhausted', 'ShopErrorRateHigh']],
    runbook: 'runbooks/ShopPoolExhausted.md',
    follows: [
      'step requests-wait passed',
      'step pool-size passed',
      'step share-of-slots passed',
      'service: configure by runbook',
      'step restore-the-pool passed',
      'service: restart by runbook',
      'step restart-the-shop passed',
      'step nobody-waits passed',
      'step buyers-succeed passed',
    ],
    refuses: 'requests-wait',
  },
  'connections-held': {
    verdict: 'fixed',
    hasImpact: false,
    faults: ['1-hold-connections'],
    alerts: ['DatabaseConnectionsHogged', 'DatabaseConnectionsRefused', 'ShopErrorRateHigh'],
    come: [['DatabaseConnectionsRefused', 'ShopErrorRateHigh', 'DatabaseConnectionsHogged']],
    go: [['DatabaseConnectionsHogged', 'ShopErrorRateHigh', 'DatabaseConnectionsRefused']],
    runbook: 'runbooks/DatabaseConnectionsHogged.md',
    follows: [
      'step who-holds-them passed',
      'step reporting-sessions passed',
      'step limit-the-job passed',
      'step end-its-idle-sessions passed',
      'step the-job-keeps-to-its-limit passed',
      'step buyers-succeed passed',
    ],
    refuses: 'reporting-sessions',
  },
  'database-throttled': {
    verdict: 'mitigated',
    hasImpact: false,
    faults: ['1-add-latency', '2-throttle-bandwidth'],
    alerts: ['DatabaseRoundTripSlow', 'ShopPoolExhausted'],
    come: [['DatabaseRoundTripSlow', 'ShopPoolExhausted']],
    go: [['ShopPoolExhausted']], // the line stays slow
    runbook: 'runbooks/DatabaseRoundTripSlow.md',
    follows: [
      'step long-queries passed',
      'step round-trip passed',
      'service: configure by runbook',
      'step widen-the-pool passed',
      'service: restart by runbook',
      'step restart-the-shop passed',
      'step nobody-waits passed',
      'step buyers-succeed passed',
    ],
    refuses: 'round-trip',
  },
} as const satisfies Record<string, Outage>;

export type Experiment = keyof typeof outages;
export const experiments = Object.keys(outages) as readonly Experiment[];
