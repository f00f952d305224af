/** `gameday doctor`: whether this machine can run a game day, and what to do where it cannot. */
import { accessSync, constants, mkdirSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { tmpdir, totalmem } from 'node:os';
import { dirname } from 'node:path';
import { packagedBinaries } from '../embedded/postgres/binaries.ts';
import { describeAccount, serverAccount } from '../embedded/postgres/account.ts';
import { GamedayError, reasonOf } from '../errors.ts';
import { table } from '../reports/plain-text.ts';
import { deadRuns } from '../safety/recovery.ts';
import type { AddCommand, CommandContext } from './command.ts';
import { helpAfter } from './exit-codes.ts';

type Finding = { readonly name: string; readonly good: boolean; readonly detail: string; readonly hint?: string };

export const addDoctor: AddCommand = (program, run) => {
  program
    .command('doctor')
    .description('check whether this machine can run a game day')
    .option('--json', 'print as JSON')
    .addHelpText(
      'after',
      helpAfter(['gameday doctor', 'gameday doctor --json'], { 0: 'it can', 3: 'it cannot; the output says why' }),
    )
    .action(
      run(async (context, { json }: { json?: boolean }) => {
        const findings = await Promise.all(checks.map((check) => check(context)));
        const { out } = context.terminal;
        if (json === true) out(JSON.stringify({ schemaVersion: 1, findings }, null, 2));
        else {
          out(
            table(
              findings.map(({ name, good, detail }) => [good ? 'ok' : 'NO', name, detail]),
              0,
            ).join('\n'),
          );
          for (const { hint, good } of findings) if (!good && hint !== undefined) out(`  try  ${hint}`);
        }
        return findings.every(({ good }) => good) ? 0 : 3;
      }),
    );
};

const finding = async (name: string, look: () => Promise<string> | string): Promise<Finding> => {
  try {
    return { name, good: true, detail: await look() };
  } catch (error) {
    const hint = error instanceof GamedayError ? error.problems[0]?.hint : undefined;
    return { name, good: false, detail: reasonOf(error), ...(hint === undefined ? {} : { hint }) };
  }
};

const gib = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GiB`;

const checks: readonly ((context: CommandContext) => Promise<Finding>)[] = [
  () => finding('Node', () => `${process.version} on ${process.platform}-${process.arch}`),
  () => finding('PostgreSQL', () => `from ${packagedBinaries()}`),
  () => finding('account', async () => describeAccount(await serverAccount())),
  () =>
    finding('memory', () => {
      if (totalmem() < 2 ** 30) throw new Error(`${gib(totalmem())}; a run takes about 0.4 GiB`);
      return `${gib(totalmem())}; a run takes about 0.4`;
    }),
  () =>
    finding('temporary folder', async () => {
      const folder = tmpdir();
      accessSync(folder, constants.W_OK);
      const { bavail, bsize } = await statfs(folder);
      if (bavail * bsize < 300 * 2 ** 20)
        throw new Error(`${folder} has only ${gib(bavail * bsize)} left; a run takes up to 0.2`);
      return `${folder}, ${gib(bavail * bsize)} free; a run takes up to 0.2`;
    }),
  (context) =>
    finding('project', async () => {
      const project = await context.project();
      mkdirSync(dirname(project.runsFolder), { recursive: true });
      accessSync(dirname(project.runsFolder), constants.W_OK);
      return `${project.root}: ${project.experimentNames().length} experiments, ${project.runbookNames().length} runbooks`;
    }),
  (context) =>
    finding('left-overs', async () => {
      const { runsFolder } = context.folders();
      const dead = deadRuns(runsFolder);
      if (dead.length > 0)
        throw new GamedayError('RESIDUE', {
          message: `of ${dead.map(({ runId }) => runId).join(', ')}`,
          hint: 'gameday recover',
        });
      return 'none of earlier runs';
    }),
];
