/** `gameday verify`: replays outages with nobody there; the runbook is the responder. */
import { accessSync, constants } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { GamedayError, reasonOf } from '../errors.ts';
import { Stopped } from '../run/stopped.ts';
import type { Ms } from '../units.ts';
import type { AddCommand } from './command.ts';
import { helpAfter } from './exit-codes.ts';
import { speedAt, targetOptions } from './env/options.ts';
import { aDuration, aSeed, aSpeed, refused } from './option-values.ts';
import { originalOptions, originalsOf, type GivenOriginals } from './project/originals.ts';
import type { VerifyOptions } from './verify-runs.ts';

export const addVerify: AddCommand = (program, run) => {
  program
    .command('verify')
    .argument('[experiments...]', 'names as in gameday list; all of them unless given')
    .option(
      '--proof <kind>',
      'single: the fault run; full: also without a runbook, and without a fault',
      aProof,
      'single' as const,
    )
    .option(
      '--speed <factor>',
      'how much faster the alerting runs than in production; 30, and 1 where it is not ours',
      aSpeed,
    )
    .option('--seed <number>', 'the arrivals of buyers: the same seed, the same arrivals', aSeed, 1)
    .option('--runbook <file>', "follow this runbook instead of the one behind the alert's runbook_url")
    .option('--matrix', 'every runbook against every experiment')
    .option('--timeout <duration>', 'end and restore after this long, e.g. 5m', aDuration('--timeout', '5m'))
    .option(...originalOptions.toxiproxy)
    .option(...originalOptions.prometheus)
    .option(...originalOptions.alertmanager)
    .option(...targetOptions.env)
    .option(...targetOptions.dryRun)
    .option('--json', 'print the verdicts as JSON')
    .option('--junit <file>', 'also write a JUnit report')
    .option('-q, --quiet', 'no progress on standard error')
    .addHelpText(
      'after',
      helpAfter([
        'gameday verify web-stack-outage',
        'gameday verify --proof full --junit report.xml',
        'gameday verify pool-undersized --runbook runbooks/DatabaseConnectionsRefused.md',
        'gameday verify --matrix web-stack-outage pool-undersized',
        'gameday verify web-stack-outage --prometheus /usr/bin/prometheus',
        'gameday verify connections-held --env staging --dry-run',
      ]),
    )
    .action(
      run(async (context, names: readonly string[], given: Given) => {
        const project = await context.project();
        const [{ targetOf }, { replicaOf }] = await Promise.all([
          import('./env/target.ts'),
          import('./project/replicas.ts'),
        ]);
        const target = await targetOf(context, project, given.env);
        const options: VerifyOptions = {
          ...given,
          ...(target === undefined ? { replica: replicaOf(project, given.env) } : { target }),
          speed: speedAt(target, given.speed, 30),
          ...(given.runbook === undefined ? {} : { runbook: project.nameOf(given.runbook) }),
          originals: await originalsOf(given),
        };
        if (options.junit !== undefined) mayWrite(options.junit);
        const wanted = names.length === 0 ? project.experimentNames() : names;
        if (wanted.length === 0)
          throw new GamedayError('USAGE', { message: 'there are no experiments', hint: 'write one into experiments/' });
        const signal = limited(context.signal, options.timeout);
        const { verifyEach, verifyMatrix } = await import('./verify-runs.ts');
        return options.matrix === true
          ? verifyMatrix(context, project, wanted, options, signal)
          : verifyEach(context, project, wanted, options, signal);
      }),
    );
};

type Given = Omit<VerifyOptions, 'speed' | 'target'> &
  GivenOriginals & { readonly speed?: number; readonly env?: string };

const limited = (signal: AbortSignal, timeout: Ms | undefined): AbortSignal => {
  if (timeout === undefined) return signal;
  const limit = new AbortController();
  setTimeout(() => limit.abort(new Stopped('time limit')), timeout).unref();
  return AbortSignal.any([signal, limit.signal]);
};

/** Asked before the run: afterwards it would be too late. */
const mayWrite = (file: string): void => {
  try {
    accessSync(dirname(resolve(file)), constants.W_OK);
  } catch (cause) {
    throw new GamedayError(
      'USAGE',
      { message: `--junit ${file} cannot be written: ${reasonOf(cause)}`, hint: 'make its folder first' },
      { cause },
    );
  }
};

const aProof = (text: string): VerifyOptions['proof'] => {
  if (text === 'single' || text === 'full') return text;
  throw refused('--proof', text, 'single or full', 'full');
};
