/** `gameday doctor`: whether this machine can run a game day, and what to do where it cannot. */
import { accessSync, constants, mkdirSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { tmpdir, totalmem } from 'node:os';
import { dirname } from 'node:path';
import { packagedBinaries } from '../embedded/postgres/binaries.ts';
import { describeAccount, serverAccount } from '../embedded/postgres/account.ts';
import type { OwnService } from '../documents/service-settings.ts';
import { GamedayError, reasonOf } from '../errors.ts';
import { table } from '../reports/plain-text.ts';
import { deadRuns } from '../safety/recovery.ts';
import type { AddCommand, CommandContext } from './command.ts';
import { helpAfter } from './exit-codes.ts';

type Finding = {
  readonly name: string;
  readonly good: boolean;
  readonly detail: string;
  readonly hint?: string;
  /** Whether a game day needs it. What another kind of environment needs is said, and is no failure. */
  readonly needed: boolean;
};

export const addDoctor: AddCommand = (program, run) => {
  program
    .command('doctor')
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
              findings.map(({ name, good, needed, detail }) => [good ? 'ok' : needed ? 'NO' : '-', name, detail]),
              0,
            ).join('\n'),
          );
          for (const { name, hint, good } of findings) if (!good && hint !== undefined) out(`  try  ${name}: ${hint}`);
        }
        return findings.every(({ good, needed }) => good || !needed) ? 0 : 3;
      }),
    );
};

const finding = async (name: string, look: () => Promise<string> | string, needed = true): Promise<Finding> => {
  try {
    return { name, good: true, needed, detail: await look() };
  } catch (error) {
    const [problem] = error instanceof GamedayError ? error.problems : [];
    const hint = problem?.hint === undefined ? {} : { hint: problem.hint };
    return { name, good: false, needed, detail: problem?.message ?? reasonOf(error), ...hint };
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
  (context) => finding('--env containers', () => containersFinding(context), false),
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

/** What `--env containers` would still have to do or to have. */
const containersFinding = async (context: CommandContext): Promise<string> => {
  const [{ findEngine }, { findOwnImage, missingImages }] = await Promise.all([
    import('../environments/containers/docker.ts'),
    import('../environments/containers/images.ts'),
  ]);
  const { version, composeVersion, architecture } = await findEngine();
  const docker = `Docker ${version} with Compose ${composeVersion}`;
  const own = await ownService(context);
  if (own !== undefined) await findOwnImage(own);
  const { absent, foreign } = await missingImages(architecture, own?.image?.name);
  if (foreign.length > 0)
    throw new GamedayError('ENVIRONMENT_FAILED', {
      message: `${docker} on ${architecture}, but for another architecture: ${foreign.join(', ')}`,
      hint: `docker image rm ${foreign.join(' ')}, then gameday env up --env containers`,
    });
  return absent.length === 0 ? `${docker}, images present` : `${docker}; the first run fetches ${absent.join(', ')}`;
};

/** A project that cannot be read is said elsewhere. */
const ownService = async ({ project }: CommandContext): Promise<OwnService | undefined> => {
  try {
    const settings = (await project()).settings();
    return settings.ok ? settings.value.service : undefined;
  } catch {
    return undefined;
  }
};
